"""All trials by name, in the order of the jobs' design. (F16, the engine guard, is a test of the storage.)"""

from soaking import disks, faults, outages

TRIALS = {
    trial.name: trial
    for trial in sorted((*faults.TRIALS, *outages.TRIALS, *disks.TRIALS), key=lambda trial: int(trial.name[1:]))
}
