package io.github.tlora.cli;

import io.github.tlora.config.Recipe;
import io.github.tlora.run.ConfigsRun;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code tlora configs list}. */
@Command(
    name = "list",
    mixinStandardHelpOptions = true,
    header = "List the recipes: name, published score, what it is.",
    description = {
      "With words, the recipes in whose name, task, model, method, source or summary each of them"
          + " stands. With --json all of that."
    },
    footer = {
      "",
      "Examples:",
      "  tlora configs list",
      "  tlora configs list mrpc lora",
      "  tlora configs list deberta-v3-large --json"
    })
final class ConfigsListCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(arity = "0..*", paramLabel = "WORD", description = "What the recipe must have.")
  private List<String> words = new ArrayList<>();

  @Option(names = "--json", description = "Answer as a JSON array.")
  private boolean json;

  ConfigsListCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    List<Recipe> recipes = ConfigsRun.list(words);
    console.answer(json, recipes, table(recipes));
    return 0;
  }

  private static String table(List<Recipe> recipes) {
    return TextTable.of(
        recipes.stream().map(each -> List.of(each.name(), score(each), each.summary())).toList(),
        Set.of(0, 2));
  }

  /** The published number alone; its metric and its spread are told by {@code show}. */
  private static String score(Recipe recipe) {
    return recipe.published() == null
        ? ""
        : recipe.published().replaceAll("^\\D*([\\d./]+).*", "$1");
  }
}
