package io.github.tlora.pickle;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.github.tlora.UserError;
import io.github.tlora.tensor.Dtype;
import io.github.tlora.tensor.SplitMix64;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Thousands of damaged files: each is read or refused in one line, soon and in little memory. */
class PyTorchFuzzTest {
  /** Java memory for one file of a few thousand bytes. */
  private static final long MOST_BYTES = 16 << 20;

  private static final long MOST_NANOSECONDS = 5_000_000_000L;

  /** Bytes that mean something to a pickle or a zip file. */
  private static final byte[] TELLING =
      "().0127BCGJKMNQRTUXbcehjlqrstu]}PK\0\1\u0080\u0081\u0085\u008a\u008b\u008d\u0094\u0095\u00ff"
          .getBytes(StandardCharsets.ISO_8859_1);

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @TempDir Path dir;

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void mutated_files_are_read_or_refused() throws IOException {
    SplitMix64 random = new SplitMix64(21);
    int cases = 0;
    int refused = 0;
    for (Path file : PyTorchFileTest.goodFiles()) {
      byte[] good = Files.readAllBytes(file);
      assertThat(isRefused(file)).isFalse();
      for (int i = 0; i < 150; i++) {
        byte[] mutant = mutated(good, random);
        // A new name each time: on some systems a mapped file cannot be written over.
        Path path = Files.write(dir.resolve(cases++ + ".bin"), mutant);
        if (isRefused(path)) {
          refused++;
        }
      }
    }
    // Half of a file are numbers and padding, in which any bytes are good.
    assertThat(refused).isBetween(cases / 4, cases * 9 / 10);
  }

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void mutated_pickles_are_read_or_refused() throws IOException {
    SplitMix64 random = new SplitMix64(22);
    List<byte[]> pickles = new ArrayList<>();
    for (Path file : PyTorchFileTest.goodFiles()) {
      if (Files.readAllBytes(file)[0] == 'P') {
        pickles.add(pickleOf(file));
      }
    }
    assertThat(pickles).hasSize(10);
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] mutant = mutated(pickles.get(i % pickles.size()), random);
      long memory = threads.getCurrentThreadAllocatedBytes();
      try {
        StateDict.in(PickleMachine.read(ByteBuffer.wrap(mutant), new TorchNames()));
      } catch (PickleFault e) {
        assertThat(e.getMessage()).doesNotContain("\n").doesNotContain("Exception");
        refused++;
      }
      assertThat(threads.getCurrentThreadAllocatedBytes() - memory).isLessThan(MOST_BYTES);
    }
    assertThat(refused).isBetween(10_000, 19_500);
  }

  private static byte[] pickleOf(Path file) throws IOException {
    try (ZipFile zip = new ZipFile(file.toFile())) {
      String name = file.getFileName().toString().replace(".bin", "/data.pkl");
      return zip.getInputStream(zip.getEntry(name)).readAllBytes();
    }
  }

  /** Flips, replaces, drops, doubles or inserts one to three ranges, or cuts the file. */
  private static byte[] mutated(byte[] file, SplitMix64 random) {
    byte[] mutant = file.clone();
    int times = 1 + random.nextInt(3);
    for (int i = 0; i < times; i++) {
      int at = random.nextInt(mutant.length);
      int length = Math.min(mutant.length - at, 1 << random.nextInt(8));
      switch (random.nextInt(8)) {
        case 0, 1 -> mutant[at] ^= (byte) (1 << random.nextInt(8));
        case 2, 3 -> mutant[at] = TELLING[random.nextInt(TELLING.length)];
        case 4 -> mutant = spliced(mutant, at, at + length);
        case 5 -> mutant = spliced(mutant, at + length, at);
        case 6 -> Arrays.fill(mutant, at, at + Math.min(length, 8), (byte) -random.nextInt(2));
        default -> mutant = random.nextInt(4) == 0 ? Arrays.copyOf(mutant, at + 1) : mutant;
      }
    }
    return mutant;
  }

  /** The bytes before {@code head} and those from {@code tail} on. */
  private static byte[] spliced(byte[] bytes, int head, int tail) {
    byte[] result = Arrays.copyOf(bytes, Math.max(1, head + bytes.length - tail));
    System.arraycopy(bytes, tail, result, head, bytes.length - tail);
    return result;
  }

  /** Whether the file is refused as it should be; anything else thrown fails the test. */
  private boolean isRefused(Path path) {
    long memory = threads.getCurrentThreadAllocatedBytes();
    long start = System.nanoTime();
    boolean refused = !isRead(path);
    assertThat(System.nanoTime() - start).as("%s", path).isLessThan(MOST_NANOSECONDS);
    assertThat(threads.getCurrentThreadAllocatedBytes() - memory)
        .as("%s", path)
        .isLessThan(MOST_BYTES);
    return refused;
  }

  private static boolean isRead(Path path) {
    try (PyTorchFile file = new PyTorchFile(path)) {
      for (String name : file.names()) {
        long elements = Arrays.stream(file.shape(name)).reduce(1, Math::multiplyExact);
        Dtype dtype;
        try {
          dtype = file.dtype(name);
        } catch (UserError e) {
          continue; // no weight
        }
        ByteBuffer bytes = file.bytes(name);
        assertThat((long) bytes.remaining()).isEqualTo(elements * dtype.bytes());
        byte[] all = new byte[Math.min(bytes.remaining(), 1 << 16)];
        bytes.get(bytes.remaining() - all.length, all);
      }
      return true;
    } catch (UserError e) {
      assertThat(e.kind()).isEqualTo(UserError.Kind.FILE);
      assertThat(e).hasMessageStartingWith(path + ": ").hasMessageNotContaining("Exception");
      assertThat(e.getMessage()).doesNotContain("\n");
      return false;
    }
  }
}
