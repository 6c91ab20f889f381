"""Business calendars: when work is done, in which zone, and on which days it is not."""
