"""What other agents are offered: the same services and rules as the commands have, as tools of a protocol."""
