# Weights: the arrays of a stage, which belong to no network: several may share them.

cdef read_array(const real[::1] flat, Py_ssize_t at, array):
    """A new array, from a flat buffer in which it lies from `at` on."""
    cdef Py_ssize_t k, stride = array.stride, n = array.columns
    out = np.empty(array.shape, dtype)
    cdef real[:, ::1] rows = out.reshape(-1, n)
    for k in range(rows.shape[0]):
        unpack_row(&rows[k, 0], &flat[at + k * PANEL], stride, n)
    return out


cdef write_array(real[::1] flat, Py_ssize_t at, array, given):
    """Put an array into a flat buffer, where it lies from `at` on."""
    cdef Py_ssize_t stride = array.stride
    cdef Rows rows = Rows(given.reshape(-1, array.columns))
    cdef Reading reading = reading_of(&rows.array, NULL, 0)
    pack(&flat[at], stride, &reading, 0, rows.n_rows)


cdef checked(weights, layout):
    """Arrays of real numbers in the shapes of a layout, before anything is changed."""
    weights = [np.asarray(w) for w in weights]
    expected = [array.shape for array in layout]
    if (given := [w.shape for w in weights]) != expected:
        raise ValueError(f"weights: arrays of shapes {given} given; expected {expected}")
    for w in weights:
        Rows(w)  # refuses what it cannot read
    return weights


cdef class Weights:
    """The arrays of a dense stage, of PReLU or a batch normalization; `Network` makes them.

    `get` and `set` are turns of their own, at these arrays alone.
    """

    cdef Lock lock               # turns at all networks that have these arrays are turns at it
    cdef real[::1] values        # w, gamma or alpha, b or beta, moving mean, variance
    cdef long version            # how often they have changed
    cdef readonly tuple form     # kind, n_in, n_out, has b or beta, has w or gamma
    cdef readonly tuple layout

    @staticmethod
    cdef Py_ssize_t size_of(tuple form):
        """Elements, with their padding."""
        kind, n_in, n_out, *_ = form
        if kind == "dense":
            return ceiling(n_out, PANEL) * PANEL * (ceiling(n_in, LANES) * LANES + 1)
        return (2 if kind == "prelu" else 4) * padded(n_out)

    @staticmethod
    cdef Weights made(Lock lock, tuple form, real[::1] values):
        """New ones: zeros, gamma and the moving variance ones."""
        cdef Weights weights = Weights.__new__(Weights)
        cdef Py_ssize_t n_in, n_out, size, stride = PANEL
        kind, n_in, n_out, has_b, has_w = form
        size = padded(n_out)
        shape = (n_out,)
        weights.lock, weights.form, weights.values = lock, form, values
        if kind == "dense":
            stride *= ceiling(n_in, LANES) * LANES
            shape = (n_in, n_out)
        at = ceiling(n_out, PANEL) * stride
        layout = [tables.Laid(0, W, True, 0, stride, n_out, shape)] if has_w else []
        if has_b:
            layout.append(tables.Laid(0, B, True, at, PANEL, n_out, (n_out,)))
        if kind == "batch_normalization":
            layout.append(tables.Laid(0, W, False, at + size, PANEL, n_out, shape))
            layout.append(tables.Laid(0, B, False, at + 2 * size, PANEL, n_out, shape))
            values[:n_out] = 1
            values[3 * size:3 * size + n_out] = 1
        weights.layout = tuple(layout)
        return weights

    cdef list read(self):
        return [read_array(self.values, array.at, array) for array in self.layout]

    cdef write(self, weights):
        for array, w in zip(self.layout, weights, strict=True):
            write_array(self.values, array.at, array, w)
        self.version += 1

    @property
    def dtype(self):
        """Of the arrays."""
        return dtype

    def get(self):
        """All arrays, new: w (n_in, n_out), b; gamma, beta, moving mean, variance."""
        with Turn([self.lock], False):
            return self.read()

    def set(self, weights):
        """Take arrays of real numbers in the shapes that `get` gives."""
        weights = checked(weights, self.layout)
        with Turn([self.lock], True):
            self.write(weights)

    def __getitem__(self, Py_ssize_t k):
        """A copy of array k of those that `get` gives."""
        array = self.layout[k]
        with Turn([self.lock], False):
            return read_array(self.values, array.at, array)

    def __setitem__(self, Py_ssize_t k, w):
        """Take an array of real numbers as array k."""
        array, = layout = [self.layout[k]]
        w, = checked([w], layout)
        with Turn([self.lock], True):
            write_array(self.values, array.at, array, w)
            self.version += 1
