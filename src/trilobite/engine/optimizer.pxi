# The optimizer: its state, in flat buffers laid out as the parameters are, and its constants.

cdef struct Descent:        # an optimizer at work
    Constants constants
    bint clips_norm         # of the whole gradient or of an array's: needs all of it first
    real* slots[SLOTS]      # NULL where there is none
    char* decays            # for W and B of each stage: whether weight decay is for it


cdef class Optimizer:
    """Steps of a network's trainable arrays against their gradient, and the state for them.

    Parameters
    ----------
    network : Network
    name : str
        A key of OPTIMIZERS.
    decays : sequence of bool, optional
        For each array of network.get_weights() whether weight_decay is for it; default all.
    **constants : float or bool
        Those of the optimizer, and weight_decay, clipnorm, clipvalue, global_clipnorm: 0 is off;
        of several clips the first of clipnorm, global_clipnorm, clipvalue counts.
    """

    cdef Network network
    cdef Descent descent
    cdef list state                          # a flat array for each slot
    cdef bytearray decaying
    cdef readonly str name
    cdef readonly tuple slots, scalars       # names of what its state is

    def __cinit__(self, Network network not None, str name not None, decays=None, **constants):
        row = OPTIMIZERS[name]
        values = tables.constants_of(OPTIMIZERS, name, constants)
        cdef Constants* o = &self.descent.constants
        cdef real[::1] view
        cdef int k
        o.code, o.given, o.learning_rate = row.code, values, 0.01
        if o.given.clipnorm or o.given.global_clipnorm:
            o.given.clipvalue = 0
            self.descent.clips_norm = True
        self.network, self.name, self.state = network, name, []
        self.slots = tuple(
            slot for slot, constant in row.slots.items() if constant is None or values[constant]
        )
        self.scalars = tuple(row.scalars)
        for k, slot in enumerate(row.slots):
            if slot in self.slots:
                self.state.append(zeros(network.plan.n_trained))
                view = self.state[len(self.state) - 1]
                view[:] = <real> (o.given.initial_accumulator_value if slot == "accumulator" else 0)
                self.descent.slots[k] = &view[0]
        self.set_scalars(row.scalars.values())
        self.decaying = bytearray(ARRAYS * network.plan.n_stages)
        for k, array in enumerate(network.layout):
            self.decaying[ARRAYS * array.stage + array.of] = decays is None or bool(decays[k])
        self.descent.decays = self.decaying

    @property
    def iterations(self):
        """Steps done."""
        return self.descent.constants.iterations

    @iterations.setter
    def iterations(self, long value):
        with self.network.writing():
            self.descent.constants.iterations = value

    cdef get_scalars(self):
        return [self.descent.constants.scalars[k] for k in range(len(self.scalars))]

    cdef set_scalars(self, values):
        for k, value in enumerate(values):
            self.descent.constants.scalars[<int> k] = value

    def get_state(self):
        """New arrays: for each slot one for each trainable array, then each scalar, (1,)."""
        with self.network.reading():
            arrays = [
                read_array(flat, self.network.place_in_flat(array), array)
                for flat in self.state for array in self.network.layout if array.trainable
            ]
            return arrays + [np.array([scalar]) for scalar in self.get_scalars()]

    def set_state(self, state):
        """Take what `get_state` returned."""
        expected = [a.shape for a in self.get_state()]
        state = [np.asarray(a) for a in state]
        if (given := [a.shape for a in state]) != expected:
            raise ValueError(f"state: arrays of shapes {given} given; expected {expected}")
        for a in state:
            Rows(a)  # refuses what it cannot read, before anything is changed
        given = iter(state)
        with self.network.writing():
            for flat in self.state:
                for array in self.network.layout:
                    if array.trainable:
                        write_array(flat, self.network.place_in_flat(array), array, next(given))
            self.set_scalars([scalar[0] for scalar in given])

    def snapshot(self):
        """State and iterations, for `restore`."""
        with self.network.reading():
            return [np.array(flat) for flat in self.state], self.get_scalars(), self.iterations

    def restore(self, snapshot):
        """Take state and iterations back from a `snapshot`."""
        state, scalars, iterations = snapshot
        with self.network.writing():
            for flat, kept in zip(self.state, state, strict=True):
                flat[:] = kept
            self.set_scalars(scalars)
            self.iterations = iterations
