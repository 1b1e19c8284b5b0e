# The optimizer: its state, in flat buffers laid out as the parameters are, and its constants.

cdef struct Descent:        # an optimizer at work
    Constants constants
    bint clips_norm         # of the whole gradient or of an array's: needs all of it first
    real* slots[SLOTS]      # NULL where there is none
    char* decays            # for W and B of each stage: whether weight decay is for it

OPTIMIZERS = {  # name: code, slots, constants and their defaults; Keras's names
    "sgd": (SGD, (), {"momentum": 0.0, "nesterov": False}),
    "adam": (
        ADAM, ("momentum", "velocity"),
        {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7, "amsgrad": False},
    ),
    "rmsprop": (
        RMSPROP, ("velocity",),
        {"rho": 0.9, "momentum": 0.0, "epsilon": 1e-7, "centered": False},
    ),
    "adagrad": (ADAGRAD, ("accumulator",), {"initial_accumulator_value": 0.1, "epsilon": 1e-7}),
    "adadelta": (
        ADADELTA, ("accumulated_grad", "accumulated_delta_var"), {"rho": 0.95, "epsilon": 1e-7}
    ),
    "nadam": (
        NADAM, ("momentum", "velocity"), {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}
    ),
    "adamax": (ADAMAX, ("momentum", "norm"), {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}),
    "gradient": (GRADIENT, ("gradient",), {}),  # takes no step: its state is the last gradient
}
# a further slot where a constant is not 0, and its place among the kernel's
MORE_SLOTS = {
    "momentum": ("momentum", {"sgd": 0, "rmsprop": 1}), "amsgrad": ("velocity_hat", {"adam": 2}),
    "centered": ("average_gradient", {"rmsprop": 2}),
}
FOR_ALL = {"weight_decay": 0.0, "clipnorm": 0.0, "clipvalue": 0.0, "global_clipnorm": 0.0}


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
    cdef readonly tuple slots

    def __cinit__(self, Network network not None, str name not None, decays=None, **constants):
        code, slots, defaults = OPTIMIZERS[name]
        defaults = defaults | FOR_ALL
        if unknown := constants.keys() - defaults:
            raise TypeError(f"{name}: {', '.join(unknown)} given; expected {', '.join(defaults)}")
        values = defaults | constants
        cdef Constants* o = &self.descent.constants
        cdef double start = values.get("initial_accumulator_value", 0)
        cdef real[::1] view
        if values.get("momentum") and name == "sgd":
            code = NESTEROV if values["nesterov"] else MOMENTUM
        elif values.get("amsgrad"):
            code = AMSGRAD
        o.code = code
        o.learning_rate = 0.01
        o.u_product = 1
        o.beta_1, o.beta_2 = values.get("beta_1", 0), values.get("beta_2", 0)
        o.momentum, o.rho = values.get("momentum", 0), values.get("rho", 0)
        o.epsilon, o.weight_decay = values.get("epsilon", 0), values["weight_decay"]
        o.clipnorm, o.global_clipnorm = values["clipnorm"], values["global_clipnorm"]
        o.clipvalue = 0 if o.clipnorm or o.global_clipnorm else values["clipvalue"]
        o.centered = values.get("centered", False)
        self.descent.clips_norm = o.clipnorm != 0 or o.global_clipnorm != 0
        at = dict(zip(slots, range(SLOTS)))
        for constant, (slot, places) in MORE_SLOTS.items():
            if values.get(constant) and name in places:
                at[slot] = places[name]
        self.network, self.name, self.slots, self.state = network, name, tuple(at), []
        for slot in self.slots:
            self.state.append(zeros(network.plan.n_trained))
            view = self.state[len(self.state) - 1]
            view[:] = <real> start
            self.descent.slots[<int> at[slot]] = &view[0]
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

    def get_state(self):
        """For each slot an array for each trainable one, new; then, for nadam, U, (1,)."""
        with self.network.reading():
            arrays = [
                self.network.read(flat, array)
                for flat in self.state for array in self.network.layout if array.trainable
            ]
            if self.name == "nadam":
                arrays.append(np.array([self.descent.constants.u_product]))
        return arrays

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
                        self.network.write(flat, array, next(given))
            if self.name == "nadam":
                self.descent.constants.u_product = next(given)[0]

    def snapshot(self):
        """State and iterations, for `restore`."""
        cdef Constants* o = &self.descent.constants
        with self.network.reading():
            return [np.array(flat) for flat in self.state], o.u_product, o.iterations

    def restore(self, snapshot):
        """Take state and iterations back from a `snapshot`."""
        state, u_product, iterations = snapshot
        with self.network.writing():
            for flat, kept in zip(self.state, state, strict=True):
                flat[:] = kept
            self.descent.constants.u_product = u_product
            self.descent.constants.iterations = iterations
