"""What is said of a name that is not here: why, and what is nearest to it."""

import difflib
import re

_CHAIN = "one chain of dense layers is what the engine is"
_REASONS = {
    r"Conv|Pool|Padding\dD|UpSampling|Cropping|Resizing|Flip|Zoom|Rotation": (
        f"there are no convolutions, {_CHAIN}"
    ),
    r"LSTM|GRU|RNN|Bidirectional|TimeDistributed|Masking|recurrent|RepeatVector": (
        f"there is no recurrence, {_CHAIN}"
    ),
    r"^(Add|Average|Concatenate|Dot|Maximum|Minimum|Multiply|Subtract|[Mm]erge)$|"
    r"^(add|average|concatenate|dot|maximum|minimum|multiply|subtract)$": (
        f"there are no merges, {_CHAIN}"
    ),
    r"^Functional$": f"there are no graphs of layers, {_CHAIN}: Model or Sequential",
    r"^(glu|sparsemax)$": "what is left of a row depends on its other numbers: softmax, sigmoid",
    r"^(Lamb|Adafactor|Muon)$": "its step needs norms of more than a weight: Adam",
    r"Attention|Transformer": f"there is no attention, {_CHAIN}",
    r"^Embedding$": (
        "rows are numbers, one column of classes is to_categorical and a Dense without bias"
    ),
    r"Tokenizer|TextVectorization|pad_sequences|StringLookup|Hashing|ImageData|"
    r"^(applications|image|preprocessing)$": (
        "there is nothing for pictures, texts or categories, rows of numbers are what is read"
    ),
    r"^(cifar100?|imdb|reuters)$": "its file can only be unpickled, which may execute anything",
    r"^(Wrapper|custom_object\w*)$": "layers of one's own cannot be trained",
    r"^(GradientTape|gradients?|placeholder|train|(Interactive)?Session)$": (
        "there is no automatic differentiation, compile() and fit() train a model"
    ),
    r"^(LayerN|GroupN|UnitN|RMSN|SpectralN)ormalization$": (
        "normalization is that of a batch, BatchNormalization"
    ),
    r"^(mixed_precision|DTypePolicy)$": "all of a model is float32 or float64, config.set_floatx",
    r"^(CategoryEncoding|Discretization|StringLookup|IntegerLookup|FeatureSpace)$|feature_column": (
        "there is nothing for categories, rows of numbers are what is read: pandas.get_dummies"
    ),
    r"^(timeseries|text|image|audio)_dataset|^split_dataset$": (
        "rows of arrays are what is read: NumPy or scikit-learn part and window them"
    ),
    r"^(RemoteMonitor|ProgbarLogger|Progbar)$": "fit() shows progress, verbose=0 turns it off",
    r"Focal|_focal_": "weights for rare classes are fit(class_weight=), or a loss of one's own",
    r"IoU$": "of pictures",
    r"^(saved_model|lite|export)$": "model.save writes a model down",
    r"^(distribution|distribute)$": "one machine's CPU trains a model, with all its cores",
    r"^SKLearn": "trilobite.sklearn has estimators",
    r"^(tree|Permute)$": "rows of one dimension are what is computed",
    r"^losses$": "the penalties are part of the loss that evaluate() returns",
    r"^(reduce_\w+|\w*Tensor\w*|string)$": (
        "there are no tensors, NumPy's arrays are what is read and returned"
    ),
    r"Generator|^TFRecord": (
        "fit() takes whatever yields batches: a generator, keras.utils.PyDataset, a DataLoader"
    ),
}


def sentence(owner, name, names=(), everything=()):
    """Say that `name` is not in `owner`, why, and what is.

    Parameters
    ----------
    owner : str
        A module such as "keras.layers", or a class.
    name : str
    names : iterable of str, optional
        What there is in `owner`, a class.
    everything : iterable of (str, str), optional
        What there is, where `owner` is a module: modules and names in them.

    Returns
    -------
    str
    """
    said = f"{owner}.{name}: there is no such name in trilobite's Keras"
    for pattern, reason in _REASONS.items():
        if re.search(pattern, name):
            return f"{said}; {reason}"
    near = _close(name, names) or _nearest(owner, name, list(everything))
    return f"{said}, did you mean {near}?" if near else said


def _nearest(owner, name, everything):
    """The likeliest name: the same elsewhere, or one like it here, or else anywhere."""
    for path, known in everything:
        if known.lower() == name.lower():
            return f"{path}.{known}"
    here = [known for path, known in everything if path == owner]
    if near := _close(name, here):
        return f"{owner}.{near}"
    near = _close(name, [known for _, known in everything])
    return near and next(f"{path}.{known}" for path, known in everything if known == near)


def _close(name, names):
    lower = {known.lower(): known for known in names}
    return next(map(lower.get, difflib.get_close_matches(name.lower(), lower, n=1)), None)
