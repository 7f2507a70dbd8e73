"""Key files, station homes, chance and the clock: where secrets rest and where dice are thrown."""
