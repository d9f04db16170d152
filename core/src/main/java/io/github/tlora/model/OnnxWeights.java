package io.github.tlora.model;

import ai.onnx.proto.OnnxMl;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.ExtensionRegistryLite;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.WireFormat;
import io.github.tlora.UserError;
import io.github.tlora.tensor.DirectMemory;
import io.github.tlora.tensor.Dtype;
import io.github.tlora.tensor.WeightSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The weights of a transformer that was exported to ONNX, under their Hugging Face names.
 *
 * <p>The exporter keeps the names of most weights but stores those of linear layers transposed, as
 * anonymous second inputs of {@code MatMul}. Each is found through the {@code Add} after it, whose
 * other input is the bias that kept its name.
 *
 * <p>The file is read field by field: its values go outside of the heap, whose size they would
 * otherwise decide.
 */
final class OnnxWeights implements WeightSource {
  private static final int BLOCK = 1 << 16; // bytes read at a time
  private static final int ROWS = 16; // transposed at a time: a cache line of each column

  /** A stored tensor: name, type and dimensions, and its values. */
  private record Stored(OnnxMl.TensorProto head, ByteBuffer values) {}

  /** A stored tensor and whether it stands transposed. */
  private record Entry(Stored tensor, boolean transposed) {}

  private final String location;
  private final List<OnnxMl.NodeProto> nodes = new ArrayList<>();
  private final Map<String, Stored> stored = new HashMap<>();
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  /**
   * Reads {@code model} to its end; the caller closes it.
   *
   * @throws UserError exit 3 when it is no ONNX model
   */
  OnnxWeights(String location, InputStream model) {
    this.location = location;
    try {
      CodedInputStream input = CodedInputStream.newInstance(model, BLOCK);
      for (int tag = input.readTag(); tag != 0; tag = input.readTag()) {
        if (WireFormat.getTagFieldNumber(tag) == OnnxMl.ModelProto.GRAPH_FIELD_NUMBER) {
          readGraph(input);
        } else {
          input.skipField(tag);
        }
      }
    } catch (IOException e) {
      close();
      throw new UserError(UserError.Kind.FILE, location + ": not an ONNX model", e);
    }
    name();
  }

  private void readGraph(CodedInputStream input) throws IOException {
    int outer = input.pushLimit(input.readRawVarint32());
    for (int tag = input.readTag(); tag != 0; tag = input.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case OnnxMl.GraphProto.NODE_FIELD_NUMBER ->
            nodes.add(
                input.readMessage(
                    OnnxMl.NodeProto.parser(), ExtensionRegistryLite.getEmptyRegistry()));
        case OnnxMl.GraphProto.INITIALIZER_FIELD_NUMBER -> {
          Stored tensor = readTensor(input);
          stored.put(tensor.head().getName(), tensor);
        }
        default -> input.skipField(tag);
      }
    }
    end(input, outer);
  }

  private static Stored readTensor(CodedInputStream input) throws IOException {
    int outer = input.pushLimit(input.readRawVarint32());
    UnknownFieldSet.Builder head = UnknownFieldSet.newBuilder();
    ByteBuffer values = ByteBuffer.allocateDirect(0);
    for (int tag = input.readTag(); tag != 0; tag = input.readTag()) {
      if (WireFormat.getTagFieldNumber(tag) == OnnxMl.TensorProto.RAW_DATA_FIELD_NUMBER) {
        values = readValues(input);
      } else {
        head.mergeFieldFrom(tag, input);
      }
    }
    end(input, outer);
    return new Stored(OnnxMl.TensorProto.parseFrom(head.build().toByteString()), values);
  }

  private static ByteBuffer readValues(CodedInputStream input) throws IOException {
    int size = input.readRawVarint32();
    if (size < 0 || size > input.getBytesUntilLimit()) {
      throw new InvalidProtocolBufferException("values go on after their tensor");
    }
    ByteBuffer values = ByteBuffer.allocateDirect(size).order(ByteOrder.LITTLE_ENDIAN);
    while (values.hasRemaining()) {
      values.put(input.readRawBytes(Math.min(BLOCK, values.remaining())));
    }
    return values.flip();
  }

  private static void end(CodedInputStream input, int outer) throws IOException {
    if (input.getBytesUntilLimit() != 0) {
      throw new InvalidProtocolBufferException("it ends early");
    }
    input.popLimit(outer);
  }

  private void name() {
    Map<String, Stored> products = new HashMap<>();
    for (OnnxMl.NodeProto node : nodes) {
      if (node.getOpType().equals("MatMul") && stored.containsKey(node.getInput(1))) {
        products.put(node.getOutput(0), stored.get(node.getInput(1)));
      }
    }
    for (OnnxMl.NodeProto node : nodes) {
      if (node.getOpType().equals("Add") && node.getInputCount() == 2) {
        nameLinear(node.getInput(0), node.getInput(1), products);
        nameLinear(node.getInput(1), node.getInput(0), products);
      }
    }
    stored.forEach(
        (name, tensor) -> {
          boolean isNamed = !name.contains("::"); // the exporter's own names have it
          int type = tensor.head().getDataType();
          if (isNamed && type == OnnxMl.TensorProto.DataType.FLOAT.getNumber()) {
            entries.putIfAbsent(name, new Entry(tensor, false));
          }
        });
  }

  private void nameLinear(String bias, String product, Map<String, Stored> products) {
    if (bias.endsWith(".bias") && stored.containsKey(bias) && products.containsKey(product)) {
      String weight = bias.substring(0, bias.length() - "bias".length()) + "weight";
      entries.put(weight, new Entry(products.get(product), true));
    }
  }

  @Override
  public String location() {
    return location;
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(entries.keySet());
  }

  @Override
  public long[] shape(String name) {
    Entry entry = entries.get(name);
    List<Long> dims = entry.tensor().head().getDimsList();
    long[] shape = dims.stream().mapToLong(Long::longValue).toArray();
    return entry.transposed() ? new long[] {shape[1], shape[0]} : shape;
  }

  @Override
  public Dtype dtype(String name) {
    return Dtype.F32;
  }

  @Override
  public ByteBuffer bytes(String name) {
    Entry entry = entries.get(name);
    ByteBuffer from = entry.tensor().values().duplicate().order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer to = ByteBuffer.allocateDirect(from.remaining()).order(ByteOrder.LITTLE_ENDIAN);
    if (entry.transposed()) {
      long[] shape = shape(name);
      transpose(from.asIntBuffer(), to.asIntBuffer(), (int) shape[0], (int) shape[1]);
      return to;
    }
    return to.put(from).flip();
  }

  /** Writes (in, out) as (out, in), in arrays, which are faster to walk than buffers. */
  private static void transpose(IntBuffer from, IntBuffer to, int out, int in) {
    int[] rows = new int[ROWS * out];
    int[] turned = new int[out * in];
    for (int first = 0; first < in; first += ROWS) {
      int count = Math.min(ROWS, in - first);
      from.get(rows, 0, count * out);
      for (int column = 0; column < out; column++) {
        for (int row = 0; row < count; row++) {
          turned[column * in + first + row] = rows[row * out + column];
        }
      }
    }
    to.put(turned);
  }

  @Override
  public void close() {
    entries.clear();
    stored.values().forEach(tensor -> DirectMemory.free(tensor.values()));
    stored.clear();
  }
}
