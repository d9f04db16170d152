package io.github.tlora.traps;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tlora.model.HeadSettings;
import io.github.tlora.model.KnownModels;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Param;
import io.github.tlora.nn.Role;
import io.github.tlora.nn.Slots;
import io.github.tlora.tensor.Dtype;
import io.github.tlora.tensor.Ops;
import io.github.tlora.tensor.SafetensorsReader;
import io.github.tlora.tensor.Torch;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Loads RoBERTa-large in a JVM of its own; prints by how many bytes its anonymous memory grew, at
 * the end and at the highest, and the bytes of the weights as kept.
 */
final class Loading {
  private static final Path STATUS = Path.of("/proc/self/status");

  private Loading() {}

  /** FILE STORED KEPT: a file to write, how it stores the weights, how they are kept. */
  public static void main(String[] args) throws Exception {
    Path file = Path.of(args[0]);
    HeadSettings head =
        HeadSettings.defaults().orElse(HeadSettings.Kind.NATIVE, HeadSettings.Pooling.FIRST);
    SequenceClassifier model =
        SequenceClassifier.declare(KnownModels.architecture("roberta-large"), head, 2, Slots.NONE)
            .keepBaseAs(Dtype.valueOf(args[2]));
    write(file, model, Dtype.valueOf(args[1]));
    AtomicBoolean done = new AtomicBoolean();
    AtomicLong highest = new AtomicLong();
    try (NDManager manager = Torch.newManager("cpu");
        SafetensorsReader reader = new SafetensorsReader(file)) {
      Ops.tanh(manager.create(0f)).close(); // the engine and its operations are loaded
      long before = anonymousBytes();
      Thread watch =
          new Thread(
              () -> {
                while (!done.get()) {
                  highest.accumulateAndGet(anonymousBytes(), Math::max);
                }
              });
      watch.start();
      model.load(reader, manager);
      long after = anonymousBytes();
      done.set(true);
      watch.join();
      System.out.println("grown=" + (after - before));
      System.out.println("highest=" + (highest.get() - before));
      System.out.println(
          "weights=" + model.params().of(Role.BASE).stream().mapToLong(Param::bytes).sum());
    }
  }

  /** A file of zeros with holes: it takes no disk, and as much memory as any other once read. */
  private static void write(Path file, SequenceClassifier model, Dtype stored) throws IOException {
    ObjectNode header = new JsonMapper().createObjectNode();
    long at = 0;
    for (Param param : model.params().of(Role.BASE)) {
      ObjectNode tensor = header.putObject(param.name()).put("dtype", stored.name());
      var shape = tensor.putArray("shape");
      for (long dimension : param.shape().getShape()) {
        shape.add(dimension);
      }
      long end = at + param.size() * stored.bytes();
      tensor.putArray("data_offsets").add(at).add(end);
      at = end;
    }
    byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      out.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).array());
      out.write(json);
      out.setLength(8 + json.length + at);
    }
  }

  private static long anonymousBytes() {
    try {
      return Files.readAllLines(STATUS).stream()
          .filter(line -> line.startsWith("RssAnon:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
