"""Figures on speed and size, printed by ``make bench``. Nothing here is asserted: machines differ."""
