package io.github.tlora.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tlora.Sha256;
import io.github.tlora.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where a task's rows come from. */
class DatasetTest {
  private static final String TRAIN = "sentence\tlabel\nfrom train\t1\n";
  private static final String DEV = "sentence\tlabel\nfrom dev\t0\n";

  @TempDir Path dir;
  private Path home;

  @BeforeEach
  void an_empty_home() {
    home = dir.resolve("home");
  }

  private Path directory(String name) throws IOException {
    Path directory = Files.createDirectories(dir.resolve(name));
    Files.writeString(directory.resolve("train.tsv"), TRAIN);
    Files.writeString(directory.resolve("dev.tsv"), DEV);
    return directory;
  }

  private static String text(Dataset data, String split) {
    return data.split(split).rows().get(0).text();
  }

  private static void assertMissing(Runnable read, String message) {
    assertThatThrownBy(read::run)
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.FILE))
        .hasMessage(message);
  }

  @Test
  void a_directory_gives_each_split_its_file() throws IOException {
    Path directory = directory("SST-2");
    Dataset data = Dataset.find(Glue.SST2, directory.toString(), home);
    assertThat(data.task()).isEqualTo(Glue.SST2);
    assertThat(data.name()).isEqualTo(directory.toString());
    assertThat(data.isSample()).isFalse();
    Dataset.Split train = data.split("train");
    assertThat(train.file()).isEqualTo(directory.resolve("train.tsv").toString());
    assertThat(train.rows()).containsExactly(new Example("from train", null, 1));
    assertThat(train.sha256()).isEqualTo(Sha256.of(TRAIN));
    assertThat(data.split("dev").rows()).containsExactly(new Example("from dev", null, 0));
  }

  @Test
  void a_file_is_the_training_split_and_dev_stands_beside_it() throws IOException {
    Path directory = directory("SST-2");
    Dataset data = Dataset.find(Glue.SST2, directory.resolve("train.tsv").toString(), home);
    assertThat(text(data, "train")).isEqualTo("from train");
    assertThat(text(data, "dev")).isEqualTo("from dev");
  }

  @Test
  void a_file_of_another_name_is_read_for_train() throws IOException {
    Path directory = directory("SST-2");
    Path mine = Files.writeString(directory.resolve("mine.tsv"), TRAIN.replace("train", "mine"));
    Dataset data = Dataset.find(Glue.SST2, mine.toString(), home);
    assertThat(text(data, "train")).isEqualTo("from mine");
    assertThat(text(data, "dev")).isEqualTo("from dev");
  }

  @Test
  void a_lone_file_is_every_split() throws IOException {
    Path file = Files.writeString(dir.resolve("mine.tsv"), TRAIN);
    Dataset data = Dataset.find(Glue.SST2, file.toString(), home);
    assertThat(text(data, "train")).isEqualTo("from train");
    assertThat(text(data, "dev")).isEqualTo("from train");
  }

  @Test
  void without_data_the_home_s_folder_is_read() throws IOException {
    Path cached = directory("home/data/sst2");
    Dataset data = Dataset.find(Glue.SST2, null, home);
    assertThat(data.name()).isEqualTo(cached.toString());
    assertThat(data.isSample()).isFalse();
    assertThat(text(data, "dev")).isEqualTo("from dev");
  }

  @Test
  void data_that_is_named_comes_before_the_home_s() throws IOException {
    directory("home/data/sst2");
    Path file = Files.writeString(dir.resolve("mine.tsv"), TRAIN.replace("train", "mine"));
    assertThat(text(Dataset.find(Glue.SST2, file.toString(), home), "train"))
        .isEqualTo("from mine");
  }

  @Test
  void without_anything_sst2_takes_the_sample_and_says_so() {
    Dataset data = Dataset.find(Glue.SST2, null, home);
    assertThat(data.isSample()).isTrue();
    assertThat(data.name()).isEqualTo("bundled sample");
    assertThat(data.split("train").file()).isEqualTo("bundled sample train.tsv");
    assertThat(data.split("dev").rows()).isNotEmpty();
    assertMissing(
        () -> data.split("test"), "the bundled sample has no test split, only train and dev");
  }

  @Test
  void no_other_task_takes_the_sample() {
    for (Glue task : Glue.values()) {
      if (task != Glue.SST2) {
        Path cached = home.resolve("data").resolve(task.key());
        assertMissing(
            () -> Dataset.find(task, null, home),
            "data: no rows for task '"
                + task.key()
                + "' at "
                + cached
                + ". Get GLUE's with 'tlora get "
                + task.key()
                + "', or give --data with a directory that holds train.tsv and dev.tsv");
      }
    }
    assertThat(home).doesNotExist();
  }

  @Test
  void data_that_is_not_there_never_falls_back_to_the_sample() {
    String missing = dir.resolve("none").toString();
    assertMissing(
        () -> Dataset.find(Glue.SST2, missing, home),
        "data: '"
            + missing
            + "' is not there. Give a directory with train.tsv and dev.tsv, or a file");
  }

  @Test
  void a_directory_without_dev_is_told_when_dev_is_read() throws IOException {
    Path directory = directory("SST-2");
    Files.delete(directory.resolve("dev.tsv"));
    Dataset data = Dataset.find(Glue.SST2, directory.toString(), home);
    assertThat(text(data, "train")).isEqualTo("from train");
    assertMissing(
        () -> data.split("dev"),
        directory
            + ": has no dev split. Looked for dev.tsv, dev.jsonl, dev.json, dev.csv, validation.tsv,"
            + " validation.jsonl, validation.json, validation.csv");
  }

  @Test
  void a_bad_row_is_told_with_its_file() throws IOException {
    Path directory = directory("SST-2");
    Path train = Files.writeString(directory.resolve("train.tsv"), TRAIN + "bad\t7\n");
    Dataset data = Dataset.find(Glue.SST2, directory.toString(), home);
    assertMissing(
        () -> data.split("train"), train + ":3: label '7' is not one of the task's: 0, 1");
  }

  @Test
  void hashes_are_sha256_in_hex() {
    // FIPS 180-4's own example
    assertThat(Sha256.of("abc"))
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  }
}
