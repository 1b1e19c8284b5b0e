"""How much a visitor may ask for."""

VISITORS = 16
CONNECTIONS = 200  # open ones, those of visitors included; more are answered 503
MESSAGE = 6_000_000  # bytes
CSV = 5_000_000  # characters
CSV_ROWS = 50_000
CSV_COLUMNS = 100
CSV_CLASSES = 20
HIDDEN = 6  # layers
NEURONS = 32  # of a layer
ROWS = 5_000  # of a toy set
EPOCHS = 1_000_000  # of a run: 16 MB of history
EPOCHS_A_FRAME = 1_000
IN_FLIGHT = 2  # frames that the page has not yet drawn
RUNS = 12  # kept beside the present one
UNDO = 20  # steps
UNDO_BYTES = 100_000_000  # that they may hold
SHOWN = 5_000  # points of a picture
SURFACE_ROWS = 1_000  # that the cost surface is of, the first ones


def all_of_them():
    """By name, in small letters."""
    return {name.lower(): value for name, value in globals().items() if name.isupper()}
