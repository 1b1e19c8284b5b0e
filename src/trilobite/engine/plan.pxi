# What a network is to the engine: its stages, where their arrays lie, what is to be computed.

cdef enum:  # kinds of stages
    DENSE                   # y = act(x @ w + b)
    ACTIVATION              # y = act(x)
    DROPOUT                 # y = x / (1 - rate) where it is kept, else 0
    ALPHA_DROPOUT           # y = a x + b where it is kept, else a constant
    GAUSSIAN_DROPOUT        # y = x (1 + sqrt(rate / (1 - rate)) normal)
    GAUSSIAN_NOISE          # y = x + rate normal
    BATCH_NORMALIZATION     # y = (x - mean) / sqrt(variance + epsilon) * gamma + beta
    FROZEN_NORMALIZATION    # the same by the moving mean and variance, in training too
    PRELU                   # y = x where x > 0, else alpha x
    ACTIVITY                # y = x, of which the cost gains l1 |y| + l2 y^2

cdef enum:  # the arrays of a stage
    W                       # w, gamma or alpha
    B                       # b or beta
    ARRAYS


cdef enum:
    # The first product is the sum of so many, over parts of the columns of x, where these are more
    # than PARTS_FROM. On two threads 784-64-10 with batch 128 took 0.81 of the time, 784-64-64-10
    # 0.85 (0.80 with batch 32), 784-100-10 with batch 200 0.86, 200-200-10 with batch 32 0.87; on
    # one, with 200 inputs, 1.03 (Zen 4).
    PARTS = 2
    PARTS_FROM = 128


cdef enum:  # kinds of constraints
    FREE
    NON_NEGATIVE
    NORM


cdef struct Constraint:     # of an array, after each step
    int kind
    real low, high, rate    # see factor_of


cdef struct Stage:
    int kind
    int activation
    bint by_z               # its derivative is a function of z
    real[NUMBERS] numbers   # of the activation
    Py_ssize_t number       # among the stages that Network was given
    Py_ssize_t n_in, n_out
    Py_ssize_t n_rows       # of w: n_in, or 1 row that is gamma or alpha
    bint has_w, has_b       # arrays to be trained: w, gamma or alpha, b or beta
    real* w                 # panels of n_out columns
    real* b                 # n_out, zero where there is none
    Py_ssize_t size         # elements with their padding that training changes, from w on
    Py_ssize_t at           # of w and b to be trained: where they lie in a flat buffer
    real* w_transposed      # n_out rows, panels of n_in columns; NULL where no dx is needed
    Py_ssize_t w_stride, w_transposed_stride
    Py_ssize_t sums_at      # of its gradient in lanes: see narrow.pxi
    double[ARRAYS] l1       # of w and of b: the cost gains l1 |w| + l2 w^2; of W, too, if ACTIVITY
    double[ARRAYS] l2
    Constraint[ARRAYS] constraints
    double rate             # of dropout; of noise the standard deviation
    real momentum, epsilon  # of batch normalization
    real* moving_mean
    real* moving_variance


cdef struct Plan:
    Py_ssize_t n_stages
    Stage* stages
    Py_ssize_t first_learning   # the first stage with something to train
    Py_ssize_t n_parts      # of the first product
    bint normalizes         # there is a batch normalization
    bint penalized
    bint constrained
    bint has_activities
    bint narrow             # in training rows go through the net in lanes: see narrow.pxi
    real scale, offset      # the first stage reads x * scale + offset
    Py_ssize_t n_changed    # elements with their padding that training changes
    Py_ssize_t n_trained    # of them those of a flat buffer: the gradient, the optimizer's slots
    Cost cost
    bint class_indices      # targets are, otherwise a number for each output
    real smooth, smooth_by  # the cost's targets are t * smooth + smooth_by
    Py_ssize_t n_totals     # cost, rows and the accumulators of the metrics
    Py_ssize_t n_metrics, n_row_metrics
    bint has_whole_metrics
    Metric* metrics


cdef struct Entry:          # an element that a sparse x stores
    real value
    int row, column         # of the rows worked on now; in its panel


cdef struct Workspace:
    Py_ssize_t stride       # from panel to panel, in all of them
    bint sparse             # rows of x are multiplied as they are stored, otherwise packed
    real* parts[PARTS]      # of the first product; the first is y[1]
    real** y                # y[0]: packed rows of x; y[s + 1]: output of stage s
    real** dy               # dy[s + 1]: gradient by the output of stage s, then by its z
    real* t                 # targets, or class indices
    real* w                 # weights of the rows
    vec** lanes             # of every member of the team: see lanes_of
    Py_ssize_t lanes_size   # vectors of a matrix there
    double* values          # of every row: the cost, then the row metrics
    real* zeros             # PANEL of them
    Entry** entries         # of every member, where x is sparse: see sparse.pxi
    Py_ssize_t** ends
    real** partials         # of batch normalization: see normalization.pxi
    real** statistics       # of every member
    vec** narrow            # of every member: columns of all stages, see narrow.pxi
    vec* sums               # gradients of bands of rows
    Py_ssize_t sums_size    # vectors of one


cdef struct Lanes:          # matrices of LANES rows, a vector for each column
    vec* y
    vec* dy
    vec* t
    vec* scratch

cdef enum:
    MATRICES = 4


cdef inline Lanes lanes_of(Workspace* ws, int member) noexcept nogil:
    cdef Lanes lanes
    lanes.y = ws.lanes[member]
    lanes.dy = lanes.y + ws.lanes_size
    lanes.t = lanes.dy + ws.lanes_size
    lanes.scratch = lanes.t + ws.lanes_size
    return lanes


cdef struct Pass:           # what the passes of a batch know beside plan and workspace
    Reading x
    bint finite             # nothing else was found in x so far
    int member
    void* team              # NULL: inference
    bint abreast            # with other nets: see abreast.pxi
    bint multiplied         # all parts of the first product are there
    Py_ssize_t first, rows  # of the batch's rows, these, a chunk, are worked on now
    bint last               # of the batch's chunks
    Py_ssize_t slices       # of the chunk
    Py_ssize_t i0, i1       # of its rows these, a slice
    bint begins, ends       # with this slice the batch does
    bint weighted           # by ws.w
    double scale            # of the costs that are added up
    double part             # of the penalties that counts in this step
    double of_row           # part over the rows of the batch
    uint64_t key            # of the masks of dropout


cdef struct Place:          # where an array's part of a block lies; no rows where it has none
    Py_ssize_t rows
    int vectors
    real* values
    Py_ssize_t at           # in a flat buffer: the gradient, the optimizer's slots


cdef struct Block:          # what is updated at once: up to PANEL x PANEL weights
    Py_ssize_t s, p, q      # stage, panel of its inputs, panel of its outputs
    Py_ssize_t work         # vectors to multiply for each row of the batch
    double place            # of its inputs among those of the stage, 0 to 1
    Place[ARRAYS] arrays    # of its w and its b
    double penalty          # of its weights, at the start of the step
    double[ARRAYS] squares  # sums of the squares of dw and db, where a norm is asked for


cdef activate_stage(Stage* stage, described):
    """Let a stage apply an activation: a name, or a name and numbers."""
    cdef double number
    row, numbers = tables.activation_of(ACTIVATIONS, dtype, described)
    stage.activation, stage.by_z = row.code, row.from_z
    for k, number in enumerate(numbers):
        stage.numbers[<Py_ssize_t> k] = <real> number


DRAWING = {
    "dropout": DROPOUT, "alpha_dropout": ALPHA_DROPOUT, "gaussian_dropout": GAUSSIAN_DROPOUT,
    "gaussian_noise": GAUSSIAN_NOISE,
}


cdef inline bint has_weights(const Stage* stage) noexcept nogil:
    return (
        stage.kind == DENSE or stage.kind == BATCH_NORMALIZATION
        or stage.kind == FROZEN_NORMALIZATION or stage.kind == PRELU
    )


cdef describe_stage(Stage* stage, bint trained, kind, arguments):
    """Let a stage be of a kind; returns the form of its weights, if it has some."""
    cdef double moving, epsilon  # no Python number becomes a `real` but through a double
    stage.n_out = stage.n_in
    if kind == "dense":
        stage.kind, stage.n_rows, stage.has_w = DENSE, stage.n_in, True
        stage.n_out, activation, stage.has_b = arguments
        activate_stage(stage, activation)
    elif kind == "activation":
        stage.kind = ACTIVATION
        activate_stage(stage, arguments[0])
    elif kind in DRAWING:
        stage.kind = DRAWING[kind]
        stage.rate, = arguments
    elif kind == "prelu":
        stage.kind, stage.has_w = PRELU, True
    elif kind == "activity":
        stage.kind = ACTIVITY
        stage.l1[W], stage.l2[W] = arguments
    elif kind == "batch_normalization":
        stage.kind = BATCH_NORMALIZATION if trained else FROZEN_NORMALIZATION
        moving, epsilon, stage.has_b, stage.has_w = arguments
        stage.momentum, stage.epsilon = <real> moving, <real> max(epsilon, 1e-37)
    else:
        raise ValueError(f"stages: {kind!r} given; expected a kind that there is")
    if has_weights(stage):
        return kind, stage.n_in, stage.n_out, stage.has_b, stage.has_w


cdef Constraint constraint_of(described):
    """A constraint: its name, and low, high and rate of a norm."""
    cdef Constraint constraint
    cdef double low, high, rate
    name, low, high, rate = (*described, 0, 0, 0)[:4]
    constraint.kind = {"non_negative": NON_NEGATIVE, "norm": NORM}[name]
    constraint.low, constraint.high, constraint.rate = <real> low, <real> high, <real> rate
    return constraint
