package io.github.tlora.pickle;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The names that {@code torch.save} writes for a state dict. This list is closed: every other name
 * is refused, whatever it would do.
 */
final class TorchNames implements PickleMachine.Names {
  /** Pairs in dictionaries that are built by a call. Python 2 did that. */
  private static final int MOST_PAIRS = 1_000_000;

  private static final Set<String> BYTES_AND_SETS =
      Set.of("bytes", "bytearray", "set", "frozenset");

  private enum Function {
    ORDERED_DICT,
    TENSOR,
    TENSOR_WITH_ATTRIBUTES,
    PARAMETER,
    /** Gives something that is no weight. */
    OPAQUE
  }

  private final Map<String, Storage> storages = new LinkedHashMap<>();
  private int pairs;

  /** The storages that the pickle named, by key. */
  Map<String, Storage> storages() {
    return Collections.unmodifiableMap(storages);
  }

  @Override
  public Object find(String module, String name) {
    boolean isBuiltin = module.equals("builtins") || module.equals("__builtin__");
    if (isBuiltin && BYTES_AND_SETS.contains(name)) {
      return Function.OPAQUE;
    }
    if (module.equals("torch") && ElementType.isTorchName(name)) {
      return Opaque.VALUE;
    }
    if (module.equals("torch") && name.endsWith("Storage")) {
      return ElementType.of(name).orElseThrow(() -> refused(module, name));
    }
    return switch (module + "." + name) {
      case "collections.OrderedDict" -> Function.ORDERED_DICT;
      case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2" -> Function.TENSOR;
      case "torch._tensor._rebuild_from_type_v2" -> Function.TENSOR_WITH_ATTRIBUTES;
      case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state" ->
          Function.PARAMETER;
      case "torch.Tensor" -> Opaque.VALUE;
      case "torch.Size",
          "torch.device",
          "_codecs.encode", // bytes in protocol 2
          "collections.Counter" -> // in the state of a learning rate's schedule
          Function.OPAQUE;
      default -> throw refused(module, name);
    };
  }

  private static PickleFault refused(String module, String name) {
    String called = PickleFault.quoted(module + "." + name);
    if (module.startsWith("transformers.") || module.startsWith("torch.nn.")) {
      return PickleFault.unsupported(
          "it is a whole model with its code, not a state dict: it asks for " + called);
    }
    return PickleFault.unsupported(
        "it asks to run " + called + ", which a file of weights has no need for",
        "Nothing was run. Use the model's safetensors file or, w"
            + PickleFault.SAVE_AGAIN.substring(1));
  }

  @Override
  public Object call(Object function, PyTuple arguments) {
    if (!(function instanceof Function known)) {
      throw PickleFault.damaged("its pickle calls what is no function");
    }
    return switch (known) {
      case ORDERED_DICT -> dictionary(arguments);
      case TENSOR -> StoredTensor.of(arguments);
      case TENSOR_WITH_ATTRIBUTES -> {
        if (arguments.get(0) != Function.TENSOR || !(arguments.get(2) instanceof PyTuple inner)) {
          throw PickleFault.unsupported("a tensor in it is of no ordinary kind");
        }
        yield StoredTensor.of(inner);
      }
      case PARAMETER -> {
        if (!(arguments.get(0) instanceof StoredTensor tensor)) {
          throw PickleFault.damaged("a parameter in it is no tensor");
        }
        yield tensor;
      }
      case OPAQUE -> Opaque.VALUE;
    };
  }

  /** An empty one, or that of a list of pairs. */
  private PyDict dictionary(PyTuple arguments) {
    PyDict dictionary = new PyDict();
    if (arguments.size() == 0) {
      return dictionary;
    }
    if (!(arguments.get(0) instanceof PyList list)) {
      throw PickleFault.damaged("a dictionary is made of what is no list");
    }
    pairs += list.items().size();
    if (pairs > MOST_PAIRS) {
      throw PickleFault.damaged("its dictionaries have over " + MOST_PAIRS + " entries");
    }
    for (Object item : list.items()) {
      dictionary.putAll(pair(item));
    }
    return dictionary;
  }

  private static List<Object> pair(Object item) {
    if (item instanceof PyList pair && pair.items().size() == 2) {
      return pair.items();
    }
    if (item instanceof PyTuple pair && pair.size() == 2) {
      List<Object> both = new ArrayList<>(2);
      both.add(pair.get(0));
      both.add(pair.get(1));
      return both;
    }
    throw PickleFault.damaged("a dictionary is made of what are no pairs");
  }

  /** A storage from {@code ('storage', type, key, device, count)}. */
  @Override
  public Object stored(Object id) {
    if (id instanceof PyTuple tuple && "module".equals(tuple.get(0))) {
      throw PickleFault.unsupported("it is a whole model with its code, not a state dict");
    }
    if (!(id instanceof PyTuple tuple
        && "storage".equals(tuple.get(0))
        && tuple.get(1) instanceof ElementType type
        && tuple.get(2) instanceof String key
        && tuple.get(4) instanceof Long count
        && count >= 0
        && count <= Long.MAX_VALUE / type.bytes())) {
      throw PickleFault.damaged("a storage lacks its type, name or size");
    }
    if (tuple.get(5) != null) {
      throw PickleFault.unsupported("its storages are parts of others, as before PyTorch 0.4");
    }
    Storage storage = new Storage(key, type, count);
    Storage known = storages.putIfAbsent(key, storage);
    if (known != null && !known.equals(storage)) {
      throw PickleFault.damaged(
          "storage " + PickleFault.quoted(key) + " has two different types or sizes");
    }
    return storage;
  }
}
