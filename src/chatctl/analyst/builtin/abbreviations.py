"""What the abbreviations in names of tables and columns may stand for: a line each, the way it is spoken first.

"avg: average" lets "the average speed" meet avg_speed.
"""

_ABBREVIATIONS = """
    abbr: abbreviation
    acc: accident
    acct: account
    addr: address
    adm: admission
    alc: alcohol
    alt: altitude
    amt: amount
    apt: apartment, airport
    arr: arrival
    asst: assistant
    attr: attribute
    avail: availability
    avg: average
    bal: balance
    bdrm: bedroom
    beds: bedrooms
    bio: biology
    bldg: building
    brth: birth
    cap: capacity, capita
    capt: captain
    cat: category
    cd: code
    cert: certificate
    chg: change
    chol: cholesterol
    cls: class
    cnt: count
    cnty: county
    comm: community, commission
    comp: company
    cond: condition
    conf: conference, confirmed
    cons: consumption
    ctry: country
    cty: city, county
    cumul: cumulative
    curr: currency, current
    cust: customer
    cyl: cylinders
    deg: degree
    dep: departure, department
    dept: department
    desc: description
    descr: description
    dest: destination
    dia: diameter
    diag: diagnosis
    diff: difference
    disp: displacement
    dist: distance, district
    distr: district
    div: division
    dob: birth, birthday
    doc: doctor, document
    dt: date
    dur: duration
    econ: economy
    edu: education
    educ: education
    elev: elevation
    emp: employee
    empl: employment
    eng: engine, english
    enr: enrollment
    equip: equipment
    est: estimated
    evt: event
    exp: experience, expenditure, expense
    fam: family
    fname: first name
    freq: frequency
    gend: gender
    gov: government
    grp: group
    hh: household
    hosp: hospital
    hp: horsepower
    hr: hour
    hrs: hours
    ht: height
    humid: humidity
    hwy: highway
    inc: income
    incid: incident
    infl: inflation
    inj: injuries
    insp: inspection
    inst: institution
    intl: international
    lang: language
    lat: latitude
    len: length
    lib: library
    lic: license
    lname: last name
    lng: longitude
    loc: location
    lon: longitude
    lvl: level
    mag: magnitude
    maint: maintenance
    max: maximum
    med: median, medical
    mfg: manufacturer
    mfr: manufacturer
    mgmt: management
    mgr: manager
    mi: miles
    min: minimum, minute
    mkt: market
    mktval: market value
    mo: month
    mort: mortality
    mos: months
    natl: national
    nbhd: neighborhood
    nbr: number
    neigh: neighborhood
    nm: name
    no: number
    num: number
    obs: observation
    occ: occupation
    opp: opponent
    org: organization
    ovr: overall
    pct: percent, percentage
    perc: percent, percentage
    pers: persons
    plyr: player
    pop: population
    pos: position
    precip: precipitation
    pres: president
    prev: previous
    prob: probability
    prod: product
    prof: professor
    prov: province
    pts: points
    qtr: quarter
    qty: quantity
    rec: record
    reg: region
    rel: release
    reps: representatives
    resp: respondent
    rev: revenue
    rnd: round
    rt: rate
    sal: salary
    sch: school
    sched: scheduled
    sec: second
    sev: severity
    spd: speed
    sq: square
    ssn: social security number
    st: state, street
    stat: status
    stu: student
    stud: student
    subj: subject
    sz: size
    tchr: teacher
    tech: technology
    tel: telephone
    temp: temperature
    tm: team
    tot: total
    trans: transmission, transaction
    trt: treatment
    typ: type
    tz: timezone
    unemp: unemployment
    univ: university
    usd: dollars
    val: value
    veh: vehicle
    vic: victim
    viol: violation
    visib: visibility
    vol: volume
    wd: width
    wk: week
    wks: weeks
    wt: weight
    yr: year
    yrs: years
"""


def _read(table: str) -> dict[str, tuple[str, ...]]:
    lines = (line.strip().partition(": ") for line in table.strip().splitlines())
    return {short: tuple(full.split(", ")) for short, _, full in lines}


ABBREVIATIONS = _read(_ABBREVIATIONS)
