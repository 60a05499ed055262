"""The yearly amount (年收费额度): drafted from a run, audited by another, published, revised."""
