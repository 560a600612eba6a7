"""Server: the viewer and what it shows, for the browsers of this machine."""
