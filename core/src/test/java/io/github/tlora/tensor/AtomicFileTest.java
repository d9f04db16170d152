package io.github.tlora.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tlora.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file is there whole or not at all. */
class AtomicFileTest {
  @TempDir Path dir;

  @Test
  void a_file_is_written_in_utf_8_and_nothing_else_is_there() throws IOException {
    Path path = dir.resolve("x.txt");
    AtomicFile.write(path, "größe\n");
    assertThat(Files.readString(path)).isEqualTo("größe\n");
    assertThat(dir.toFile().list()).containsExactly("x.txt");
  }

  @Test
  void an_existing_file_is_replaced() throws IOException {
    Path path = Files.writeString(dir.resolve("x.txt"), "a longer old text");
    AtomicFile.write(path, "new");
    assertThat(Files.readString(path)).isEqualTo("new");
  }

  @Test
  void the_content_stands_under_another_name_until_it_is_whole() {
    Path path = dir.resolve("x.txt");
    AtomicFile.write(
        path,
        temporary -> {
          Files.writeString(temporary, "half");
          assertThat(path).doesNotExist();
          assertThat(temporary).hasParent(dir).isNotEqualTo(path);
        });
    assertThat(path).hasContent("half");
  }

  @Test
  void what_an_earlier_death_left_is_overwritten() throws IOException {
    Path path = dir.resolve("x.txt");
    Path left = temporaryName(path);
    Files.writeString(left, "left by a process that was killed, and longer than what follows");
    AtomicFile.write(path, "new");
    assertThat(path).hasContent("new");
    assertThat(left).doesNotExist();
  }

  /** The name that {@code path} has while it is written. */
  private static Path temporaryName(Path path) {
    Path[] name = new Path[1];
    AtomicFile.write(
        path,
        temporary -> {
          Files.writeString(temporary, "first");
          name[0] = temporary;
        });
    return name[0];
  }

  @Test
  void a_failure_keeps_the_old_file_and_leaves_nothing_else() throws IOException {
    Path path = Files.writeString(dir.resolve("x.txt"), "old");
    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    path,
                    temporary -> {
                      Files.writeString(temporary, "half");
                      throw new IOException("No space left on device");
                    }))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.FILE))
        .hasMessage(
            path
                + ": cannot be written (No space left on device). Check the disk and its"
                + " permissions")
        .hasCauseInstanceOf(IOException.class);
    assertThat(path).hasContent("old");
    assertThat(dir.toFile().list()).containsExactly("x.txt");
  }

  @Test
  void a_directory_in_its_place_is_kept() throws IOException {
    Path path = Files.createDirectory(dir.resolve("x"));
    Files.writeString(path.resolve("inside"), "kept");
    assertThatThrownBy(() -> AtomicFile.write(path, "text")).isInstanceOf(UserError.class);
    assertThat(path.resolve("inside")).hasContent("kept");
    assertThat(dir.toFile().list()).containsExactly("x");
  }

  @Test
  void a_missing_directory_is_told() {
    Path path = dir.resolve("none").resolve("x.txt");
    assertThatThrownBy(() -> AtomicFile.write(path, "text"))
        .isInstanceOf(UserError.class)
        .hasMessage(
            path + ": cannot be written (no such directory). Check the disk and its permissions");
    assertThat(dir).isEmptyDirectory();
  }
}
