package io.github.tlora.tensor;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import io.github.tlora.UserError;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads a safetensors file: an 8-byte little-endian header length, a JSON header, then the data.
 *
 * <p>Tensors are memory-mapped one by one with 64-bit offsets, so files over 2 GiB are fine. The
 * header is checked before anything is read: bounds, overlaps, gaps, shapes against sizes.
 */
public final class SafetensorsReader implements WeightSource {
  private static final long LARGEST_HEADER = 100_000_000;

  /** A tensor's place: element type, dimensions, first byte and number of bytes. */
  private record Entry(String dtype, long[] shape, long start, long bytes) {}

  private final Path path;
  private final FileChannel channel;
  private final Map<String, Entry> entries;
  private final Map<String, String> metadata;

  /**
   * Opens {@code path} and checks its header.
   *
   * @throws UserError exit 3 when the file is missing or damaged
   */
  public SafetensorsReader(Path path) {
    this.path = path;
    this.metadata = new LinkedHashMap<>();
    this.entries = new LinkedHashMap<>();
    if (!Files.isRegularFile(path)) {
      throw UserError.file(path + ": no such file");
    }
    try {
      channel = FileChannel.open(path, StandardOpenOption.READ);
    } catch (IOException e) {
      throw new UserError(UserError.Kind.FILE, path + ": cannot be read", e);
    }
    try {
      readHeader();
    } catch (IOException | RuntimeException e) {
      close();
      if (e instanceof UserError known) {
        throw known;
      }
      throw damaged("its header is not a safetensors header", e);
    }
  }

  private void readHeader() throws IOException {
    long size = channel.size();
    if (size < 8) {
      throw damaged("it has " + size + " bytes, fewer than the 8 of a header length", null);
    }
    long length = readFully(0, 8).getLong();
    if (length < 2 || length > LARGEST_HEADER || length > size - 8) {
      throw damaged(
          "its header length " + length + " does not fit a file of " + size + " bytes", null);
    }
    byte[] text = new byte[(int) length];
    readFully(8, (int) length).get(text);
    try (JsonParser parser = StrictJson.MAPPER.createParser(text)) {
      JsonNode header = StrictJson.MAPPER.readTree(parser);
      if (header == null || !header.isObject()) {
        throw damaged("its header is not a JSON object", null);
      }
      if (parser.nextToken() != null) {
        throw damaged("its header goes on after the JSON object", null);
      }
      long first = 8 + length;
      for (Map.Entry<String, JsonNode> field : header.properties()) {
        if (field.getKey().equals("__metadata__")) {
          readMetadata(field.getValue());
        } else {
          entries.put(field.getKey(), entry(field.getKey(), field.getValue(), first, size));
        }
      }
    }
    checkLayout(8 + length, size);
  }

  private void readMetadata(JsonNode node) {
    if (!node.isObject()) {
      throw damaged("its __metadata__ is not an object", null);
    }
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      if (!field.getValue().isTextual()) {
        throw damaged("its __metadata__ '" + field.getKey() + "' is not a text", null);
      }
      metadata.put(field.getKey(), field.getValue().asText());
    }
  }

  private Entry entry(String name, JsonNode node, long first, long fileSize) {
    JsonNode offsets = node.path("data_offsets");
    JsonNode dims = node.path("shape");
    String dtype = node.path("dtype").asText("");
    if (!dims.isArray() || !offsets.isArray() || offsets.size() != 2) {
      throw damaged("tensor '" + name + "' lacks dtype, shape or data_offsets", null);
    }
    int width = width(dtype);
    if (width == 0) {
      throw damaged("tensor '" + name + "' has the unknown type '" + dtype + "'", null);
    }
    long[] shape = new long[dims.size()];
    long elements = 1;
    for (int i = 0; i < shape.length; i++) {
      if (!isWhole(dims.get(i))) {
        throw damaged("tensor '" + name + "' has the dimension " + dims.get(i), null);
      }
      shape[i] = dims.get(i).asLong();
      try {
        elements = Math.multiplyExact(elements, shape[i]);
      } catch (ArithmeticException e) {
        throw damaged("tensor '" + name + "' is larger than any file", e);
      }
    }
    long begin = isWhole(offsets.get(0)) ? offsets.get(0).asLong() : -1;
    long end = isWhole(offsets.get(1)) ? offsets.get(1).asLong() : -1;
    if (begin < 0 || end < begin || end > fileSize - first) {
      throw damaged("tensor '" + name + "' lies outside of the file", null);
    }
    if (elements > Long.MAX_VALUE / width || end - begin != elements * width) {
      throw damaged(
          "tensor '" + name + "' has " + (end - begin) + " bytes, not those of its shape", null);
    }
    return new Entry(dtype, shape, first + begin, end - begin);
  }

  private static boolean isWhole(JsonNode number) {
    return number.isIntegralNumber() && number.canConvertToLong() && number.asLong() >= 0;
  }

  private void checkLayout(long first, long size) {
    List<Map.Entry<String, Entry>> order = new ArrayList<>(entries.entrySet());
    order.sort(
        Comparator.comparingLong((Map.Entry<String, Entry> e) -> e.getValue().start())
            .thenComparingLong(e -> e.getValue().bytes()));
    long at = first;
    for (Map.Entry<String, Entry> tensor : order) {
      if (tensor.getValue().start() != at) {
        throw damaged("there is a gap or an overlap before tensor '" + tensor.getKey() + "'", null);
      }
      at += tensor.getValue().bytes();
    }
    if (at != size) {
      throw damaged((size - at) + " bytes at its end belong to no tensor", null);
    }
  }

  private static int width(String dtype) {
    return switch (dtype) {
      case "F64", "I64", "U64" -> 8;
      case "F32", "I32", "U32" -> 4;
      case "F16", "BF16", "I16", "U16" -> 2;
      case "I8", "U8", "BOOL" -> 1;
      default -> 0;
    };
  }

  private ByteBuffer readFully(long position, int count) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, position + buffer.position()) < 0) {
        throw damaged("it ends early", null);
      }
    }
    return buffer.flip();
  }

  private UserError damaged(String what, Throwable cause) {
    return new UserError(
        UserError.Kind.FILE,
        path + ": not a usable safetensors file: " + what + ". Fetch or write it again",
        cause);
  }

  @Override
  public String location() {
    return path.toString();
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(entries.keySet());
  }

  /** The header's {@code __metadata__}. */
  public Map<String, String> metadata() {
    return Collections.unmodifiableMap(metadata);
  }

  /**
   * The element type of {@code name} as the file says it: {@code F32}, {@code BF16}, {@code I64},
   * ...
   */
  @Override
  public String storedType(String name) {
    return entry(name).dtype();
  }

  @Override
  public long[] shape(String name) {
    return entry(name).shape().clone();
  }

  @Override
  public Dtype dtype(String name) {
    return switch (entry(name).dtype()) {
      case "F32" -> Dtype.F32;
      case "F16" -> Dtype.F16;
      case "BF16" -> Dtype.BF16;
      default ->
          throw damaged(
              "tensor '" + name + "' is " + entry(name).dtype() + ", not F32, F16 or BF16", null);
    };
  }

  /** The values of an I64 tensor. */
  public long[] longs(String name) {
    if (!entry(name).dtype().equals("I64")) {
      throw damaged("tensor '" + name + "' is not I64", null);
    }
    ByteBuffer raw = bytes(name);
    long[] values = new long[raw.remaining() / 8];
    raw.asLongBuffer().get(values);
    return values;
  }

  @Override
  public ByteBuffer bytes(String name) {
    Entry entry = entry(name);
    if (entry.bytes() > Integer.MAX_VALUE) {
      throw damaged("tensor '" + name + "' is over 2 GiB", null);
    }
    try {
      return channel
          .map(FileChannel.MapMode.READ_ONLY, entry.start(), entry.bytes())
          .order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw damaged("tensor '" + name + "' cannot be read", e);
    }
  }

  private Entry entry(String name) {
    Entry entry = entries.get(name);
    if (entry == null) {
      throw UserError.file(path + ": has no tensor '" + name + "'");
    }
    return entry;
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UserError(UserError.Kind.FILE, path + ": cannot be closed", e);
    }
  }
}
