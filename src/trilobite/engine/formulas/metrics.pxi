# Metrics, as accumulators: sums over rows, so that those of two blocks of rows add up.
#
# Row metrics have a value for each row, and two accumulators: sum(w v) and sum(w) for weights w of
# the rows. They work on LANES rows at once, a row in each lane, as costs do, and any cost is one.
# The others ("whole") add up what they need, row after row. Definitions are Keras's.

cdef enum:
    OF_COST
    CATEGORICAL_ACCURACY
    TOP_K_CATEGORICAL_ACCURACY
    BINARY_ACCURACY
    CONFUSION
    AUC
    R2_SCORE


cdef struct Metric:
    int code
    Cost cost               # of OF_COST
    bint weighted           # by the weights of the rows
    bint by_output          # sums of every output apart
    bint of_logits          # of sigmoid(y) in place of y
    bint of_largest         # of 1 where y is its row's largest, else 0
    double number           # threshold, k, delta
    Py_ssize_t n_thresholds
    const double* thresholds    # ascending
    double divisor          # of a row metric's sum over the outputs, as of a cost's
    Py_ssize_t at           # its first accumulator among all


cdef struct Outputs:        # rows in panels, `stride` apart
    Py_ssize_t n, stride    # n: outputs of a row
    const real* y
    const real* t
    bint class_indices      # which t then holds, in its first column
    const real* w           # weights of the rows, in a first column; NULL: ones


cdef struct Moments:        # of the R2 score, for each output: sums of
    double w, w_t, w_t2, w_e2  # w, w t, w t^2, w (t - y)^2


cdef inline formula argmax(const vec* a, Py_ssize_t n) noexcept nogil:
    """The number of the first column that is a row's maximum."""
    cdef Py_ssize_t j
    cdef vec maximum = a[0]
    cdef vec best = splat(0)
    for j in range(1, n):
        best = where(less(maximum, a[j]), splat(<real> j), best)
        maximum = where(less(maximum, a[j]), a[j], maximum)
    return best


cdef inline formula in_top_k(vec* y, vec* t, Py_ssize_t n, double k) noexcept nogil:
    """(number of outputs greater than that of the class argmax(t)) < k"""
    cdef Py_ssize_t j
    cdef vec label = argmax(t, n)
    cdef vec of_class = y[0]
    cdef vec greater = splat(0)
    for j in range(1, n):
        of_class = where(equal(label, splat(<real> j)), y[j], of_class)
    for j in range(n):
        # no less or equal: NaN as the class's output is below all
        greater += where(less(of_class, y[j]), splat(1), splat(0))
    for j in range(n):
        greater += where(
            equal(of_class, of_class), splat(0), where(equal(y[j], y[j]), splat(1), splat(0))
        )
    return where(less(greater, splat(<real> k)), splat(1), splat(0))


cdef inline formula row_metric(
    const Metric* metric, vec* y, vec* t, vec* scratch, Py_ssize_t n,
) noexcept nogil:
    """The sum over the outputs."""
    cdef Py_ssize_t j
    cdef vec total = splat(0)
    if metric.code == CATEGORICAL_ACCURACY:
        return where(equal(argmax(y, n), argmax(t, n)), splat(1), total)
    if metric.code == TOP_K_CATEGORICAL_ACCURACY:
        return in_top_k(y, t, n, metric.number)
    if metric.code == BINARY_ACCURACY:
        for j in range(n):
            total += where(
                equal(where(less(splat(<real> metric.number), y[j]), splat(1), splat(0)), t[j]),
                splat(1), splat(0),
            )
        return total
    return cost_of(&metric.cost, y, scratch, t, n, 1)


cdef inline Py_ssize_t bucket_of(const Metric* metric, double y) noexcept nogil:
    """Above how many of its thresholds an output is; AUC's first lies below 0, and its last above
    1: i / (n - 1) between them."""
    cdef Py_ssize_t k = 0, n = metric.n_thresholds
    if metric.code == AUC:
        y = 0 if isnan(y) else fmin(fmax(y, 0), 1)
        return min(<Py_ssize_t> fmax(ceil(<real> (<real> y * <real> (n - 1))) - 1, 0), n - 1)
    while k < n and y > <real> metric.thresholds[k]:
        k += 1
    return k


cdef inline void add_output(
    const Metric* metric, double* sums, double y, double t, double w, Py_ssize_t j,
) noexcept nogil:
    """Add output j of a row of weight w to the accumulators of a whole metric."""
    cdef Py_ssize_t buckets = metric.n_thresholds + (metric.code == CONFUSION)
    cdef Moments* moments
    if metric.code == R2_SCORE:
        moments = <Moments*> sums + j
        moments.w += w
        moments.w_t += w * t
        moments.w_t2 += w * t * t
        moments.w_e2 += w * (t - y) * (t - y)
        return
    if metric.of_logits:
        y = 1 / (1 + exp(-y))
    if metric.by_output:
        sums += 2 * buckets * j
    sums[bucket_of(metric, y) + (buckets if t == 0 else 0)] += w  # positives, then negatives


cdef inline void whole_metric(
    const Metric* metric, double* sums, const Outputs* rows, Py_ssize_t i0, Py_ssize_t i1,
) noexcept nogil:
    """Add rows to the accumulators of a whole metric."""
    cdef Py_ssize_t i, j
    cdef double weight, target, y, largest
    cdef const real* row
    for i in range(i0, i1):
        row = rows.y + i * PANEL
        weight = 1 if rows.w == NULL or not metric.weighted else rows.w[i * PANEL]
        largest = -INFINITY
        if metric.of_largest:
            for j in range(rows.n):
                largest = fmax(largest, row[(j // PANEL) * rows.stride + j % PANEL])
        for j in range(rows.n):
            y = row[(j // PANEL) * rows.stride + j % PANEL]
            target = (rows.t[i * PANEL] == j) if rows.class_indices else (
                rows.t[(j // PANEL) * rows.stride + i * PANEL + j % PANEL]
            )
            if metric.of_largest:
                y = y == largest and abs(y) > 1e-9
            add_output(metric, sums, y, target, weight, j)


METRICS = {
    "categorical_accuracy": MetricRow(CATEGORICAL_ACCURACY, False),
    "sparse_categorical_accuracy": MetricRow(CATEGORICAL_ACCURACY, False),
    "top_k_categorical_accuracy": MetricRow(TOP_K_CATEGORICAL_ACCURACY, False, number=5),
    "sparse_top_k_categorical_accuracy": MetricRow(TOP_K_CATEGORICAL_ACCURACY, False, number=5),
    "binary_accuracy": MetricRow(BINARY_ACCURACY, True, number=0.5),
    "confusion": MetricRow(
        CONFUSION, False, number=(0.5,), sums=lambda thresholds, n_out: 2 * (len(thresholds) + 1)
    ),
    "auc": MetricRow(AUC, False, number=200, sums=lambda thresholds, n_out: 2 * int(thresholds)),
    "r2_score": MetricRow(
        R2_SCORE, False, sums=lambda _, n_out: n_out * (sizeof(Moments) // sizeof(double))
    ),
}
METRICS |= {
    name: MetricRow(OF_COST, row.mean, row.delta, cost=row.code)
    for name, row in COSTS.items() if row.code is not None
}
METRICS |= {
    f"{name}_from_logits": MetricRow(OF_COST, row.mean, cost=row.of_z)
    for name, row in COSTS.items() if row.code is not None and row.of_z is not None
}
METRICS["root_mean_squared_error"] = METRICS["mean_squared_error"]  # whose mean's root it is


cdef bytearray metrics_of(double[:, ::1] numbers, double[::1] thresholds):
    """An object that holds metrics and their thresholds: see tables.metrics_of."""
    cdef Py_ssize_t k, n = numbers.shape[0]
    room = bytearray(max(1, n) * sizeof(Metric) + thresholds.shape[0] * sizeof(double))
    cdef char* address = room
    cdef Metric* metric = <Metric*> address
    cdef double* kept = <double*> (metric + n)
    for k in range(thresholds.shape[0]):
        kept[k] = thresholds[k]
    for k in range(n):
        metric.code, metric.cost.code = <int> numbers[k, 0], <int> numbers[k, 1]
        metric.weighted, metric.by_output = numbers[k, 2] != 0, numbers[k, 3] != 0
        metric.of_logits, metric.of_largest = numbers[k, 4] != 0, numbers[k, 5] != 0
        metric.number, metric.divisor = numbers[k, 6], numbers[k, 7]
        metric.cost.divisor, metric.cost.delta = metric.divisor, <real> metric.number
        metric.at, metric.n_thresholds = <Py_ssize_t> numbers[k, 8], <Py_ssize_t> numbers[k, 9]
        metric.thresholds = kept + <Py_ssize_t> numbers[k, 10]
        metric += 1
    return room
