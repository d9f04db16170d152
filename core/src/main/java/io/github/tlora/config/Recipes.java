package io.github.tlora.config;

import io.github.tlora.Suggestion;
import io.github.tlora.UserError;
import io.github.tlora.config.ConfigNode.Mapping;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The configurations that come with the tool, by name: {@code paper/tlora/sst2} is {@code
 * configs/paper/tlora/sst2.yaml} of the sources.
 */
public final class Recipes {
  private static final String SUFFIX = ".yaml";
  private static final String SOURCES = "configs/";

  /** Found when the first recipe is asked for: most commands need none. */
  private static final class Shipped {
    /** In the jar, which stays open for them, or among the classes of a build. */
    static final Path ROOT = root();

    private static Path root() {
      try {
        URL one = Recipes.class.getResource("shipped/tiny/smoke.yaml");
        Path file =
            one.openConnection() instanceof JarURLConnection jar
                ? FileSystems.newFileSystem(Path.of(jar.getJarFileURL().toURI()))
                    .getPath(jar.getEntryName())
                : Path.of(one.toURI());
        return file.getParent().getParent();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (URISyntaxException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private Recipes() {}

  /** Every name, sorted. */
  public static List<String> names() {
    try (Stream<Path> files = Files.walk(Shipped.ROOT)) {
      return files
          .map(Recipes::shown)
          .filter(file -> file.endsWith(SUFFIX))
          .map(file -> file.substring(SOURCES.length(), file.length() - SUFFIX.length()))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The recipe called {@code name}.
   *
   * @throws UserError exit 2 when there is none
   */
  public static Recipe named(String name) {
    if (find(name).isEmpty()) {
      String near = near(name).map(s -> " (did you mean '" + s + "'?)").orElse("");
      throw UserError.usage("unknown recipe '" + name + "'" + near + ". See: tlora configs list");
    }
    return Recipe.read(name);
  }

  /** The file of the recipe called {@code name}, if there is one. */
  static Optional<Path> find(String name) {
    Path file = Shipped.ROOT.resolve(name + SUFFIX).normalize();
    return file.startsWith(Shipped.ROOT) && Files.isRegularFile(file)
        ? Optional.of(file)
        : Optional.empty();
  }

  /** A word on the recipe that a file's name which is none probably stands for, or nothing. */
  static String guess(String file) {
    return near(file)
        .map(name -> ". Did you mean the recipe '" + name + "'? See: tlora configs list")
        .orElse("");
  }

  /** The recipe that alone ends in {@code name}, or is written much like it. */
  private static Optional<String> near(String name) {
    String bare = name.replaceFirst("^(.*/)?" + SOURCES, "").replaceFirst("\\.(yaml|yml)$", "");
    List<String> ends = names().stream().filter(each -> each.endsWith("/" + bare)).toList();
    return ends.size() == 1 ? Optional.of(ends.get(0)) : Suggestion.of(bare, names());
  }

  /** How messages name a file: one that comes with the tool by its place in the sources. */
  static String shown(Path file) {
    Path plain = file.normalize();
    boolean isUsers = plain.getFileSystem() == FileSystems.getDefault() && !plain.isAbsolute();
    return isUsers || !plain.startsWith(Shipped.ROOT)
        ? plain.toString()
        : SOURCES + Shipped.ROOT.relativize(plain).toString().replace('\\', '/');
  }

  /** What the recipe of that name and its includes give. */
  static Mapping given(String name) {
    return new Layers().file(find(name).orElseThrow()).given();
  }

  /** The text of a file that {@link #shown} names. */
  static String text(String shown) {
    try {
      return Files.readString(Shipped.ROOT.resolve(shown.substring(SOURCES.length())));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The text of the recipe called {@code name}. */
  static String textOf(String name) {
    return text(SOURCES + name + SUFFIX);
  }
}
