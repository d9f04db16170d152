package io.github.tlora.config;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** configs/README.md: which cells of which published tables there are. */
class RecipeTableTest {
  private static final List<String> TASKS =
      List.of("mnli", "sst2", "mrpc", "cola", "qnli", "qqp", "rte", "stsb");

  @Test
  void the_table_of_configs_is_that_of_its_files() throws IOException {
    KeptPage.assertAsKept(Path.of("..", "configs", "README.md"), page());
  }

  private static String page() {
    StringBuilder page =
        new StringBuilder(
            """
            # Configurations

            `base` has encoders, `method` methods with their papers' settings, `tiny` runs of seconds, `paper` the settings with which papers got scores that
            they print: a file a cell. They build on each other by `include`. `tlora configs list WORD ...` finds one, `tlora configs copy NAME` makes
            a file of it that needs no other, and `-c` takes its name: `tlora train -c paper/tlora/sst2`. Every key: [configuration](../docs/formats/config.md).

            What is published, in hundredths: Matthews on CoLA, Pearson or Spearman on STS-B, else accuracy, or F1 where the file says so. The first line of each file
            in `paper` says what it is, `Source` where its settings stand; where paper and script differ it says which one is followed.
            Not here: AdapterDrop on RoBERTa-base, a row that the LoRA paper copies without its settings.

            | `configs/paper/` | %s |
            |---|%s
            """
                .formatted(String.join(" | ", TASKS), "---|".repeat(TASKS.size())));
    cells().forEach((table, scores) -> page.append(row(table, scores)));
    return page.toString();
  }

  private static Map<String, Map<String, String>> cells() {
    Map<String, Map<String, String>> tables = new TreeMap<>();
    for (String name : Recipes.names()) {
      Recipe recipe = Recipes.named(name);
      if (name.startsWith("paper/") && name.endsWith("/" + recipe.task())) {
        String table = name.substring("paper/".length(), name.lastIndexOf('/'));
        String score =
            recipe.published() == null ? "settings" : recipe.published().split(" ", 2)[0];
        tables.computeIfAbsent(table, k -> new LinkedHashMap<>()).put(recipe.task(), score);
      }
    }
    return tables;
  }

  private static String row(String table, Map<String, String> scores) {
    List<String> cells = new ArrayList<>(List.of("`" + table + "`"));
    for (String task : TASKS) {
      String score = scores.get(task);
      cells.add(score == null ? "" : "[" + score + "](paper/" + table + "/" + task + ".yaml)");
    }
    return cells.stream().collect(Collectors.joining(" | ", "| ", " |\n"));
  }
}
