package io.github.tlora.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import com.google.protobuf.CodedInputStream;
import io.github.tlora.metric.Metric;
import io.github.tlora.train.Event;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Event files hold what TensorBoard reads; scripts/interop.sh has its own reader read them. */
class TensorBoardLogTest {
  static final Event STEP = new Event.Stepped(1, 0.5, 0.75, 1e-3, 2.5, 64, 512, 9);
  static final Event DEV =
      new Event.Evaluated(2, 1, Map.of(Metric.ACCURACY, 0.875), 0.25, true, List.of(), null);

  @TempDir private Path directory;

  /** An event as it stands in the file. */
  private record Read(long step, String version, boolean starts, Map<String, Float> values) {}

  private List<Read> read(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    List<Read> events = new ArrayList<>();
    while (bytes.hasRemaining()) {
      byte[] length = new byte[Long.BYTES];
      bytes.get(bytes.position(), length);
      byte[] data = new byte[(int) bytes.getLong()];
      assertThat(bytes.getInt()).isEqualTo(TensorBoardLog.masked(length));
      bytes.get(data);
      assertThat(bytes.getInt()).isEqualTo(TensorBoardLog.masked(data));
      events.add(event(CodedInputStream.newInstance(data)));
    }
    return events;
  }

  private static Read event(CodedInputStream in) throws IOException {
    long step = 0;
    String version = null;
    boolean starts = false;
    Map<String, Float> values = new LinkedHashMap<>();
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (tag >>> 3) {
        case 1 -> assertThat(in.readDouble()).isGreaterThan(1.7e9);
        case 2 -> step = in.readInt64();
        case 3 -> version = in.readString();
        case 5 -> summary(CodedInputStream.newInstance(in.readByteArray()), values);
        case 7 -> starts = HexFormat.of().formatHex(in.readByteArray()).equals("0801");
        default -> throw new AssertionError("field " + (tag >>> 3));
      }
    }
    return new Read(step, version, starts, values);
  }

  private static void summary(CodedInputStream in, Map<String, Float> values) throws IOException {
    while (in.readTag() != 0) {
      CodedInputStream value = CodedInputStream.newInstance(in.readByteArray());
      assertThat(value.readTag()).isEqualTo(1 << 3 | 2);
      String tag = value.readString();
      assertThat(value.readTag()).isEqualTo(2 << 3 | 5);
      values.put(tag, value.readFloat());
    }
  }

  private List<Path> files() {
    try (Stream<Path> files = Files.list(directory.resolve("tensorboard"))) {
      return files.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void write(long step, Event... events) {
    TensorBoardLog log = new TensorBoardLog(directory.resolve("tensorboard"), step);
    Stream.of(events).forEach(log);
    log.end("complete");
  }

  @Test
  void steps_and_evaluations_are_scalars() throws IOException {
    write(0, STEP, DEV, new Event.Warned(2, 1, "not drawn"));
    assertThat(files()).hasSize(1);
    assertThat(files().get(0).getFileName().toString())
        .matches("events\\.out\\.tfevents\\.\\d{10}\\.tlora");
    List<Read> events = read(files().get(0));
    assertThat(events).hasSize(3);
    assertThat(events.get(0)).isEqualTo(new Read(0, "brain.Event:2", false, Map.of()));
    assertThat(events.get(1).step()).isEqualTo(1);
    assertThat(events.get(1).values())
        .containsExactly(
            entry("loss", 0.75f),
            entry("learning_rate", 1e-3f),
            entry("grad_norm", 2.5f),
            entry("examples_per_second", 64f));
    assertThat(events.get(2).step()).isEqualTo(2);
    assertThat(events.get(2).values())
        .containsExactly(entry("dev/loss", 0.25f), entry("dev/accuracy", 0.875f));
  }

  @Test
  void a_norm_that_is_not_computed_is_absent() throws IOException {
    write(0, new Event.Stepped(1, 0.5, 0.75, 1e-3, null, 64, 512, 9));
    assertThat(read(files().get(0)).get(1).values()).hasSize(3).doesNotContainKey("grad_norm");
  }

  @Test
  void a_run_that_goes_on_writes_a_further_file_that_begins_at_its_step() throws IOException {
    write(0, STEP, DEV);
    write(1, DEV);
    assertThat(files()).hasSize(2);
    List<Read> events = read(files().get(1));
    assertThat(events.get(0).version()).isEqualTo("brain.Event:2");
    assertThat(events.get(1)).isEqualTo(new Read(2, null, true, Map.of()));
    assertThat(events.get(2).step()).isEqualTo(2);
  }

  @Test
  void checksums_are_those_of_tensorflow() {
    // The length of the first record of event files: 24, as an event of time and version has it.
    byte[] length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(24).array();
    assertThat(TensorBoardLog.masked(length)).isEqualTo(0x224b7fa3);
  }
}
