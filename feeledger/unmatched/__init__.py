"""待查收入: money that arrives, and how what belongs to no notice is claimed, split or returned."""
