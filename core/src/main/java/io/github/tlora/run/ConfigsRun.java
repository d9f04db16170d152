package io.github.tlora.run;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.github.tlora.UserError;
import io.github.tlora.config.Recipe;
import io.github.tlora.config.RecipeCopy;
import io.github.tlora.config.Recipes;
import io.github.tlora.tensor.AtomicFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Lists the configurations that come with the tool, and copies one for its user to change. */
public final class ConfigsRun {
  private ConfigsRun() {}

  /**
   * A recipe with the whole of its file.
   *
   * @param text the file
   */
  public record Shown(@JsonUnwrapped Recipe recipe, String text) {}

  /**
   * A copy that was made.
   *
   * @param name the recipe
   * @param file where its copy is
   * @param command what trains with it
   */
  public record Copy(String name, String file, String command) {}

  /**
   * The recipes in which each of {@code words} stands; all without a word.
   *
   * @throws UserError exit 2 when there is none
   */
  public static List<Recipe> list(List<String> words) {
    List<Recipe> found =
        Recipes.names().stream().map(Recipes::named).filter(each -> each.has(words)).toList();
    if (found.isEmpty()) {
      throw UserError.usage(
          "no recipe has the words '"
              + String.join("' and '", words)
              + "'. See: tlora configs list");
    }
    return found;
  }

  /**
   * The recipe called {@code name}.
   *
   * @throws UserError exit 2 when there is none
   */
  public static Shown show(String name) {
    Recipe recipe = Recipes.named(name);
    return new Shown(recipe, recipe.text());
  }

  /**
   * Writes the recipe called {@code name}, with what it includes, as one file.
   *
   * @param output the file; null is the recipe's own name in the working directory
   * @throws UserError exit 2 when there is no such recipe, or the file exists already
   */
  public static Copy copy(String name, Path output) {
    Recipe recipe = Recipes.named(name);
    Path file = output == null ? Path.of(name.replaceFirst(".*/", "") + ".yaml") : output;
    if (!file.toString().matches(".*\\.(yaml|yml)")) {
      throw UserError.usage("-o: '" + file + "' must end in .yaml or .yml");
    } else if (Files.exists(file)) {
      throw UserError.usage(
          "'" + file + "' exists already. Name another file with -o, or remove it first");
    }
    AtomicFile.write(file, RecipeCopy.of(recipe, file.toString()));
    return new Copy(name, file.toString(), "tlora train -c " + file);
  }
}
