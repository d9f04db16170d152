package io.github.tlora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What is expected of a command line that the tool refuses: its exit code, one line on stderr,
 * nothing on stdout, nothing left on disk.
 */
final class Refusal {
  private static final String PREFIX = "tlora: ";

  private Refusal() {}

  /**
   * Runs a command line that must be refused.
   *
   * @param folder where nothing may change
   * @return the one line, without {@code tlora: }
   */
  static String refusal(Path folder, int code, Object... args) {
    List<String> lines = refused(folder, code, args);
    assertThat(lines).as("stderr").hasSize(1);
    return told(lines.get(0));
  }

  /**
   * The same where several things are wrong at once.
   *
   * @return a line for each, without {@code tlora: }
   */
  static List<String> refusals(Path folder, int code, Object... args) {
    return refused(folder, code, args).stream().map(Refusal::told).toList();
  }

  private static List<String> refused(Path folder, int code, Object... args) {
    Map<Path, Integer> before = contents(folder);
    List<Path> hereBefore = list(Path.of("").toAbsolutePath());
    Invocation done = Invocation.tlora(args);
    assertThat(done.code()).as("exit code; stderr: %s", done.err()).isEqualTo(code);
    assertThat(done.out()).as("stdout").isEmpty();
    assertThat(contents(folder)).as("files left or changed").isEqualTo(before);
    assertThat(list(Path.of("").toAbsolutePath())).as("working directory").isEqualTo(hereBefore);
    return done.errLines();
  }

  private static String told(String line) {
    assertThat(line).as("stderr").startsWith(PREFIX);
    return line.substring(PREFIX.length());
  }

  /** Every path below {@code folder}, with a hash of its bytes where it is a file. */
  static Map<Path, Integer> contents(Path folder) {
    try (Stream<Path> paths = Files.walk(folder)) {
      Map<Path, Integer> contents = new TreeMap<>();
      for (Path path : paths.toList()) {
        int hash = Files.isRegularFile(path) ? Arrays.hashCode(Files.readAllBytes(path)) : 0;
        contents.put(path, hash);
      }
      return contents;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Path> list(Path folder) {
    try (Stream<Path> paths = Files.list(folder)) {
      return paths.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
