"""The ground of the house: mechanisms that know no room."""
