"""The stage that marks which papers of a day's list were reported before."""
