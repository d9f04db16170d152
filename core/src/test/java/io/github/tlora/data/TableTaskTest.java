package io.github.tlora.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tlora.UserError;
import io.github.tlora.metric.Metric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows of a task of one's own, and the dev split that is drawn from them. */
class TableTaskTest {
  @TempDir Path dir;

  private TableTask reviews(String train, String dev, Double devFraction, long seed) {
    return new TableTask(
        "reviews",
        TableTask.Kind.CLASSIFICATION,
        new TableTask.Columns("review", null, "stars"),
        true,
        List.of("bad", "good"),
        List.of("1", "5"),
        List.of(Metric.ACCURACY),
        new TableTask.Files(train, dev, null),
        devFraction,
        seed);
  }

  private Dataset dataset(TableTask task) {
    return Dataset.find(task.in(dir), null, Path.of("no home"));
  }

  /** {@code count} rows, every fifth of them bad. */
  private void write(String name, int count) throws IOException {
    List<String> lines = new ArrayList<>(List.of("id,stars,review"));
    for (int i = 0; i < count; i++) {
      lines.add(i + "," + (i % 5 == 0 ? 1 : 5) + ",\"row " + i + ", of all\"");
    }
    Files.write(dir.resolve(name), lines);
  }

  private static long bad(Dataset.Split split) {
    return split.rows().stream().filter(row -> row.label() == 0).count();
  }

  @Test
  void without_a_dev_file_every_class_gives_its_share() throws IOException {
    write("rows.csv", 200);
    Dataset data = dataset(reviews("rows.csv", null, null, 0));
    assertThat(data.drawsDev()).isTrue();
    assertThat(data.devSplits()).containsExactly("dev");
    Dataset.Split train = data.split("train");
    Dataset.Split dev = data.split("dev");
    assertThat(dev.rows()).hasSize(20);
    assertThat(bad(dev)).isEqualTo(4);
    assertThat(train.rows()).hasSize(180);
    List<Example> together = new ArrayList<>(train.rows());
    together.addAll(dev.rows());
    assertThat(new HashSet<>(together)).hasSize(200);
    assertThat(train.sha256()).isNotEqualTo(dev.sha256());
  }

  @Test
  void the_draw_is_the_same_for_one_seed_and_another_for_another() throws IOException {
    write("rows.csv", 200);
    Dataset.Split dev = dataset(reviews("rows.csv", null, 0.2, 3)).split("dev");
    assertThat(dev.rows()).hasSize(40);
    assertThat(dataset(reviews("rows.csv", null, 0.2, 3)).split("dev")).isEqualTo(dev);
    Dataset.Split other = dataset(reviews("rows.csv", null, 0.2, 4)).split("dev");
    assertThat(other.rows()).hasSize(40).isNotEqualTo(dev.rows());
    assertThat(other.sha256()).isNotEqualTo(dev.sha256());
  }

  @Test
  void a_rare_class_is_on_both_sides() throws IOException {
    write("rows.csv", 10);
    Dataset data = dataset(reviews("rows.csv", null, null, 0));
    assertThat(bad(data.split("train"))).isEqualTo(1);
    assertThat(bad(data.split("dev"))).isEqualTo(1);
  }

  @Test
  void numbers_are_drawn_from_all_of_their_range() throws IOException {
    StringBuilder rows = new StringBuilder("a\tb\tscore\n");
    for (int i = 0; i < 200; i++) {
      rows.append("x\ty\t").append((i * 37) % 200).append('\n');
    }
    Files.writeString(dir.resolve("rows.tsv"), rows);
    TableTask task =
        new TableTask(
            "twins",
            TableTask.Kind.REGRESSION,
            new TableTask.Columns("a", "b", "score"),
            null,
            null,
            null,
            null,
            new TableTask.Files("rows.tsv", null, null),
            null,
            null);
    List<Example> dev = dataset(task).split("dev").rows();
    assertThat(dev).hasSize(20);
    for (int tenth = 0; tenth < 10; tenth++) {
      int from = tenth * 20;
      assertThat(dev.stream().filter(row -> row.value() >= from && row.value() < from + 20))
          .hasSize(2);
    }
  }

  @Test
  void a_dev_file_is_taken_as_it_is() throws IOException {
    write("rows.csv", 50);
    write("held.csv", 7);
    Dataset data = dataset(reviews("rows.csv", "held.csv", null, 0));
    assertThat(data.drawsDev()).isFalse();
    assertThat(data.split("train").rows()).hasSize(50);
    assertThat(data.split("dev").rows()).hasSize(7);
  }

  @Test
  void a_lone_file_gives_train_and_dev_but_is_scored_whole() throws IOException {
    write("mine.csv", 50);
    TableTask task = reviews(null, null, null, 0);
    String file = dir.resolve("mine.csv").toString();
    Dataset trained = Dataset.find(task, file, dir);
    assertThat(trained.split("train").rows()).hasSize(45);
    assertThat(trained.split("dev").rows()).hasSize(5);
    assertThat(Dataset.given(task, file, dir).split("dev").rows()).hasSize(50);
  }

  @Test
  void a_directory_has_the_files_by_their_own_or_the_usual_names() throws IOException {
    write("rows.csv", 50);
    write("dev.csv", 8);
    TableTask task = reviews("elsewhere/rows.csv", null, null, 0);
    Dataset data = Dataset.find(task, dir.toString(), dir);
    assertThat(data.split("train").rows()).hasSize(50);
    assertThat(data.split("dev").rows()).hasSize(8);
  }

  @Test
  void labels_may_stand_by_name_too() throws IOException {
    Files.writeString(
        dir.resolve("rows.jsonl"),
        """
        {"review": "a", "stars": "good"}
        {"review": "b", "stars": 1}
        """);
    assertThat(dataset(reviews("rows.jsonl", "rows.jsonl", null, 0)).split("dev").rows())
        .containsExactly(new Example("a", null, 1), new Example("b", null, 0));
  }

  @Test
  void a_table_without_a_header_has_columns_by_number() throws IOException {
    Files.writeString(dir.resolve("rows.tsv"), "x\tgood\tfine\ny\tbad\tpoor\n");
    TableTask task =
        new TableTask(
            "reviews",
            null,
            new TableTask.Columns("2", null, "1"),
            false,
            List.of("bad", "good"),
            null,
            null,
            new TableTask.Files("rows.tsv", "rows.tsv", null),
            null,
            null);
    assertThat(dataset(task).split("train").rows())
        .containsExactly(new Example("fine", null, 1), new Example("poor", null, 0));
  }

  @Test
  void a_wrong_column_is_told_with_those_that_there_are() throws IOException {
    Files.writeString(dir.resolve("rows.csv"), "text,stars\nfine,5\n");
    assertFault(
        reviews("rows.csv", "rows.csv", null, 0),
        dir.resolve("rows.csv") + ":1: has no column 'review'. Its columns: text, stars");
  }

  @Test
  void missing_files_are_told() {
    assertFault(
        reviews("none.csv", null, null, 0),
        dir.resolve("none.csv") + ": no such file. It is files.train of task reviews");
    assertThatThrownBy(() -> dataset(reviews(null, null, null, 0)))
        .isInstanceOf(UserError.class)
        .hasMessageStartingWith("data: no rows for task 'reviews'");
  }

  private void assertFault(TableTask task, String message) {
    assertThatThrownBy(() -> dataset(task).split("train"))
        .isInstanceOfSatisfying(
            UserError.class, e -> assertThat(e.kind()).isEqualTo(UserError.Kind.FILE))
        .hasMessage(message);
  }
}
