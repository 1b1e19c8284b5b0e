"""Why a public name of ours differs from Keras's: the first row that fits says it.

A row is a regular expression for the name (`layers.Conv2D`, `Layer.add_loss`), one for the
difference ("absent", "ours", a text), and the reason.
"""

import re

ONE_CHAIN = "one chain of dense layers is what the engine is"
NO_GRADIENTS = "there is no automatic differentiation: the engine trains a model, `fit` calls it"
NO_TENSORS = "arrays of NumPy are what is read and returned"
BY_NAME = "declared once for all classes that have them"
EVERY = "an argument at Keras's default changes nothing"

REASONS = [
    # ---- absent, of modules ----
    (
        r"layers\..*(Conv|Pool|Padding\dD|UpSampling|Cropping|SpatialDropout)",
        "absent",
        f"no convolutions: {ONE_CHAIN}",
    ),
    (
        r"layers\..*(Aug|Contrast|Crop|Mix|Equal|Flip|Random|Resizing|Solar|BoundingBoxes|Pipeline)",
        "absent",
        "no pictures: rows of numbers are what is read",
    ),
    (
        r"layers\..*(LSTM|GRU|RNN|Bidirectional|TimeDistributed|Masking|RepeatVector)",
        "absent",
        f"no recurrence: {ONE_CHAIN}",
    ),
    (
        r"layers\.(Add|Average|Concatenate|Dot|Maximum|Minimum|Multiply|Subtract|add|average|concatenate|dot|maximum|minimum|multiply|subtract)$",
        "absent",
        f"no merges: {ONE_CHAIN}",
    ),
    (r"layers\..*(Attention|Embedding)$", "absent", f"no attention and no embedding: {ONE_CHAIN}"),
    (
        r"layers\.(CategoryEncoding|Discretization|Hash\w+|\w+Lookup|TextVectorization|MelSpectrogram|STFTSpectrogram)$",
        "absent",
        "no texts, sounds or categories: rows of numbers are what is read",
    ),
    (
        r"layers\.(Flax|Jax|TFSM|TorchModule)\w+$",
        "absent",
        "layers of other libraries cannot be trained by the engine",
    ),
    (
        r"layers\.(EinsumDense|Permute|Wrapper|SpectralNormalization|InputSpec)$",
        "absent",
        "layers of one's own, and of several dimensions, cannot be trained by the engine",
    ),
    (
        r"layers\.(Group|Layer|RMS|Unit)Normalization$",
        "absent",
        "batch normalization is what the engine has",
    ),
    (
        r"(datasets\.(cifar|imdb|reuters))",
        "absent",
        "the file can only be unpickled, which may execute anything",
    ),
    (
        r"(initializers\.(STFT|stft)|activations\.(glu|sparsemax))",
        "absent",
        "not for dense nets, or not of one number for each output",
    ),
    (
        r"regularizers\.(O|o)rthogonal",
        "absent",
        "the engine adds `l1 * abs(w) + l2 * w**2` and nothing else",
    ),
    (
        r"losses\.(CTC|ctc|Circle|circle|Dice|dice|Tversky|tversky)$",
        "absent",
        "of sequences, embeddings and pictures, or over the whole batch",
    ),
    (
        r"(losses|metrics)\..*((F|f)ocal|(G|g)eneralized)",
        "absent",
        "code for few: `class_weight` for rare classes",
    ),
    (r"metrics\..*(IoU)$", "absent", "of pictures"),
    (r"metrics\..*(Concordance|Pearson|concordance|pearson)", "absent", "code for few: `R2Score`"),
    (r"metrics\.MeanMetricWrapper\.dtype$", "absent", "an attribute is enough"),
    (
        r"optimizers\.(LossScale|Multi|Muon|OptimizerMap|ScheduleFree|legacy)",
        "absent",
        "for other precisions, several optimizers in one model, or matrices as wholes",
    ),
    (
        r"callbacks\.(CallbackList|Orbax|Progbar|Remote|SwapEMA)",
        "absent",
        "code for few: `fit` shows progress, `ModelCheckpoint` keeps weights",
    ),
    (
        r"utils\.\w*(array|img|image|audio|text|sequences|timeseries|bounding|FeatureSpace)\w*$|preprocessing$",
        "absent",
        "nothing for pictures, sounds, texts and categories: rows of numbers are what is read",
    ),
    (
        r"(utils|saving)\.(\w*(C|c)ustom_?(O|o)bject\w*|\w*regist\w*|\w*_keras_object|KerasFileEditor)$",
        "absent",
        "a file names nothing but trilobite's own classes",
    ),
    (
        r"(config|utils)\.(\w*(interactive_logging|traceback_filtering|flash_attention|unsafe)\w*|"
        r"(set_)?max_\w+|set_backend|set_epsilon|set_image_data_format|is_nnx_enabled|"
        r"(set_)?dtype_policy)$",
        "absent",
        "nothing here depends on it",
    ),
    (
        r"utils\.(Config|Progbar|legacy|get_source_inputs|standardize_dtype)$",
        "absent",
        "of Keras's own making",
    ),
    (
        r"(DTypePolicy|FloatDTypePolicy|Quantizer|quantizers|dtype_policies|mixed_precision)$",
        "absent",
        "float32 and float64, each for a whole model: `config.set_floatx`",
    ),
    (
        r"(Function|Operation|RematScope|StatelessScope|SymbolicScope|device|name_scope|remat|tree)$",
        "absent",
        NO_TENSORS,
    ),
    (
        r"(applications|distillation|distribution|export|visualization|legacy|wrappers|version)$",
        "absent",
        "no such tools; `trilobite.sklearn` has estimators",
    ),
    (r"^(KerasTensor|Variable)$", "absent", "`Input`, layers and models make them, nobody else"),
    # ---- absent, of classes ----
    (
        r"\.(add_loss|add_metric|add_variable|add_weight|call|compute_loss\w*|compute_metrics|"
        r"\w+_step|make_\w+_function|stateless_\w+|symbolic_call|apply\w*|assign\w*|scale_loss|"
        r"add_variable_from_reference|add_optimizer_variables|finalize_variable_values|"
        r"convert_weight|interpolate_pr_auc)$",
        "absent",
        NO_GRADIENTS,
    ),
    (
        r"\.(quanti\w+|get_quantization_\w+|dtype_policy|variable_dtype|input_dtype|enable_lora|"
        r"variable_serialization_spec|rematerialized_call)$",
        "absent",
        "float32 and float64, each for a whole model",
    ),
    (
        r"\.(build_from_config|get_build_config|load_own_variables|save_own_variables|set_weights|"
        r"(get|set)_state_tree|jax_state_sync|export)$",
        "absent",
        "`get_state`, `set_state` and files keep a model, its optimizer and its training",
    ),
    (
        r"\.(compute_mask|supports_masking|input_spec|path|compute_output_spec|losses|"
        r"metrics_variables|get_metrics_result|jit_compile|run_eagerly|get_monitor_value|clone)$",
        "absent",
        "of Keras's own making",
    ),
    (
        r"(Optimizer|Metric)\.(build|variables)$",
        "absent",
        "the engine keeps totals and states; `optimizer.get_state`",
    ),
    (r"callbacks\.\w+\.(model|summary)$", "absent", "an attribute that a model sets"),
    (r"^(InputSpec|random)$", "absent", NO_TENSORS),
    (
        r"utils\.(un)?pack_x_y_sample_weight$|utils.split_dataset$",
        "absent",
        "for steps of training of one's own, and data sets of other libraries",
    ),
    # ---- ours ----
    (r"fit_many", "ours", "many models at once"),
    (r"\w+_num_threads|show_config", "ours", "the engine's threads, and what it runs on"),
    (r"^Differentiable$", "ours", "functions of one's own, with their derivatives"),
    (r"^(backend|ops)$", "absent", "imported when asked for, with what functions of one's own use"),
    (r"activations\.gelu_tanh", "ours", "the name of `gelu(approximate=True)`"),
    (r"datasets\.\w+", "ours", "data that is shipped, read or made without a download"),
    (
        r"\.(get_state|set_state|state_names|reading|writing)$",
        "ours",
        "a training that was stopped goes on, and copies are of one moment",
    ),
    (
        r"Callback\.(is_last|idle_hooks)$",
        "ours",
        "no Python between two steps unless a callback asks for it",
    ),
    (
        r"LearningRateSchedule\.rates|Optimizer\.(rates|schedule)$",
        "ours",
        "the rates of many steps at once",
    ),
    (r"\.(to_keras|to_torch|export)$", "ours", "the same net in other libraries"),
    (r"\.", "ours", "what models and the engine ask of it, for our own use"),
    # ---- signatures ----
    (r"^Model$", "also an argument `", "Keras has them among `*args`"),
    (r"^Model$", "`build`: `input_shape=None`", "as of `Sequential`"),
    (r"", "which stands for Keras's default", "one rule for all names; a test compares them"),
    (r"Model$", "`export`: `format", "the ending of the file says it"),
    (r"Model$", "`train_on_batch`: `y`", "a model is trained for targets"),
    (r"utils.PyDataset$", "is no property", "an attribute is enough"),
    (r"load_data$", "path=None", "the folder of trilobite; Keras's name means the same"),
    (r"Metric$", "update_state", "what all metrics take"),
    (r"Metric$", "`add_", "one method with both names; there is one process"),
    (r"^Layer$", "add_weight`", "it is refused: layers with weights are trilobite's"),
    (r"layers.Lambda$", "`call`", "layers of one's own are functions of an array"),
    (r"layers.Lambda$", "`from_config`: no", "a function cannot be written down"),
    (r"^(Loss|Metric)$", "another order", "that of all losses and metrics"),
    (r"metrics.BinaryCrossentropy$", "axis=-1", "as the other cross-entropies"),
    (r"^Layer$", "also an argument `input_", "Keras has them among `**kwargs`"),
    (r"", "`from_config`: also an argument", "one for all; it changes nothing"),
    (r"", "by name alone", BY_NAME),
    (r"^optimizers\.(Adafactor|Lamb)$", "absent", "norms of more than a weight"),
    (r"^Layer\.(build|metrics)$", "absent", "a model makes the weights and measures"),
    (r"^layers\.Normalization\.finalize_state$", "absent", "`adapt` does that"),
]


def reason(name, text):
    """Why there is a difference, or None."""
    for pattern, of_text, why in REASONS:
        if re.search(pattern, name) and of_text in text:
            return why
    return None
