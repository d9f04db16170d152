package io.github.tlora.tensor;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.pytorch.jni.OpInvoker;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * The TorchScript modules that hold what DJL's API lacks, beside this class: {@code ops.py}, {@code
 * taped.py}, and {@code packed.py}, whose operations not every build of the engine has. The
 * archives around them are written here, so that no Python is needed to build or run.
 */
final class OpPack {
  /** Pickle of an empty {@code __torch__.Ops} whose {@code training} is true. */
  private static final byte[] MODULE =
      concat(
          new byte[] {(byte) 0x80, 2},
          "c__torch__\nOps\n)".getBytes(StandardCharsets.US_ASCII),
          new byte[] {(byte) 0x81, '}', 'X', 8, 0, 0, 0},
          "training".getBytes(StandardCharsets.US_ASCII),
          new byte[] {(byte) 0x88, 's', 'b', '.'});

  private static final byte[] EMPTY_TUPLE = {(byte) 0x80, 2, ')', '.'};

  /** Schemas of a current release; an older number makes the loader resolve historic ones. */
  private static final byte[] VERSION = "10\n".getBytes(StandardCharsets.US_ASCII);

  private static final ThreadLocal<Boolean> PLAIN_INTERPRETER =
      ThreadLocal.withInitial(() -> Boolean.FALSE);

  private final PtSymbolBlock module;

  private OpPack(PtSymbolBlock module) {
    this.module = module;
  }

  /** One module serves every device: it has no tensors of its own. */
  private static final class Holder {
    static final OpPack PACK = load("ops.py");
  }

  /** What {@link Tape} needs. */
  private static final class TapedHolder {
    static final OpPack PACK = load("taped.py");
  }

  /** The module of packed products, or none where the engine was built without oneDNN. */
  private static final class PackedHolder {
    static final Optional<OpPack> PACK = loadPacked();

    private static Optional<OpPack> loadPacked() {
      try {
        return Optional.of(load("packed.py"));
      } catch (EngineException e) {
        return Optional.empty();
      }
    }
  }

  static OpPack get() {
    usePlainInterpreter();
    return Holder.PACK;
  }

  /** The operations that have a backward pass of their own. */
  static OpPack taped() {
    usePlainInterpreter();
    return TapedHolder.PACK;
  }

  /** The operations on packed weights, where the engine has them. */
  static Optional<OpPack> packed() {
    usePlainInterpreter();
    return PackedHolder.PACK;
  }

  private static void usePlainInterpreter() {
    if (!PLAIN_INTERPRETER.get()) {
      // The profiling executor spends the first calls of each method on specialisation.
      JniUtils.setGraphExecutorOptimize(false);
      PLAIN_INTERPRETER.set(true);
    }
  }

  private static OpPack load(String name) {
    try (InputStream source = OpPack.class.getResourceAsStream(name)) {
      byte[] archive = archive(source.readAllBytes());
      PtNDManager manager = (PtNDManager) Torch.processManager();
      return new OpPack(
          JniUtils.loadModule(manager, new ByteArrayInputStream(archive), true, false));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] archive(byte[] source) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.setMethod(ZipOutputStream.STORED);
      store(zip, "ops/data.pkl", MODULE);
      store(zip, "ops/code/__torch__.py", source);
      store(zip, "ops/constants.pkl", EMPTY_TUPLE);
      store(zip, "ops/version", VERSION);
    }
    return bytes.toByteArray();
  }

  private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(content);
    ZipEntry entry = new ZipEntry(name);
    entry.setTime(0);
    entry.setSize(content.length);
    entry.setCompressedSize(content.length);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }

  /** Calls a method that returns one tensor, owned by {@code owner}. */
  NDArray tensor(NDManager owner, String method, Object... arguments) {
    try (IValue result = call(method, arguments)) {
      return result.toTensor((PtNDManager) owner);
    }
  }

  /** Calls a method that returns a tuple of tensors, owned by {@code owner}. */
  NDArray[] tensors(NDManager owner, String method, Object... arguments) {
    try (IValue result = call(method, arguments)) {
      IValue[] values = result.toIValueTuple();
      NDArray[] arrays = new NDArray[values.length];
      for (int i = 0; i < values.length; i++) {
        arrays[i] = values[i].toTensor((PtNDManager) owner);
        values[i].close();
      }
      return arrays;
    }
  }

  /** Calls a method that returns a float. */
  double number(String method, Object... arguments) {
    try (IValue result = call(method, arguments)) {
      return result.toDouble();
    }
  }

  /** Calls a method that returns an int. */
  long count(String method, Object... arguments) {
    try (IValue result = call(method, arguments)) {
      return result.toLong();
    }
  }

  private IValue call(String method, Object... arguments) {
    IValue[] values = new IValue[arguments.length];
    List<NDArray> masks = new ArrayList<>();
    try {
      for (int i = 0; i < values.length; i++) {
        if (arguments[i] instanceof DropoutMask mask) {
          List<NDArray> drawn = mask.draw(Torch.processManager());
          masks.addAll(drawn);
          values[i] = value(drawn);
        } else {
          values[i] = value(arguments[i]);
        }
      }
      return OpInvoker.invoke(module, method, values);
    } finally {
      masks.forEach(NDArray::close);
      for (IValue value : values) {
        if (value != null) {
          value.close();
        }
      }
    }
  }

  private static IValue value(Object argument) {
    if (argument instanceof PtNDArray array) {
      return IValue.from(array);
    } else if (argument instanceof Double number) {
      return IValue.from(number.doubleValue());
    } else if (argument instanceof Integer number) {
      return IValue.from(number.longValue());
    } else if (argument instanceof Long number) {
      return IValue.from(number.longValue());
    } else if (argument instanceof Boolean flag) {
      return IValue.from(flag.booleanValue());
    } else if (argument instanceof String text) {
      return IValue.from(text);
    } else if (argument instanceof double[] numbers) {
      return IValue.listFrom(numbers);
    } else if (argument instanceof boolean[] flags) {
      return IValue.listFrom(flags);
    } else if (argument instanceof List<?> arrays) {
      return IValue.listFrom(arrays.toArray(PtNDArray[]::new));
    }
    throw new IllegalArgumentException("not an argument of an op: " + argument);
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      bytes.writeBytes(part);
    }
    return bytes.toByteArray();
  }
}
