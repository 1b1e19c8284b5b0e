"""The playground: a page in the browser in which a small net is trained, and its server."""
