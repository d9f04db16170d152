package io.github.tlora.config;

import io.github.tlora.config.ConfigNode.Mapping;
import io.github.tlora.config.ConfigNode.Scalar;
import io.github.tlora.config.ConfigNode.Sequence;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Reads a configuration file and the files that it includes. */
final class ConfigFiles {
  /** The key that names files to lay under the file that has it. */
  static final String INCLUDE = "include";

  private final Problems problems;
  private final List<Mapping> layers = new ArrayList<>();

  /** The files being read, each included by the one before: its real path and its shown name. */
  private final Map<Path, String> open = new LinkedHashMap<>();

  ConfigFiles(Problems problems) {
    this.problems = problems;
  }

  /** Adds the layers of {@code file}: first those of its includes, then its own. */
  void read(Path file) {
    read(file, Optional.empty());
  }

  /** The layers read so far, lowest first. */
  List<Mapping> layers() {
    return layers;
  }

  private void read(Path file, Optional<Origin> includedAt) {
    String name = Recipes.shown(file);
    try {
      String text = text(file);
      Path real = file.toRealPath();
      if (open.containsKey(real)) {
        throw new IOException(
            open.values().stream().collect(Collectors.joining(" -> ", "", " -> " + name))
                + " is a cycle");
      }
      open.put(real, name);
      ConfigReader.file(name, text, problems).ifPresent(settings -> add(file, settings));
      open.remove(real);
    } catch (IOException e) {
      problems.addUnread(
          includedAt.orElse(Origin.of(name)),
          includedAt.map(at -> "cannot include '" + name + "': ").orElse("") + e.getMessage());
    }
  }

  private void add(Path file, Mapping settings) {
    for (Scalar include : includes(settings.get(INCLUDE))) {
      try {
        read(file.resolveSibling(include.text()), Optional.of(include.origin()));
      } catch (InvalidPathException e) {
        problems.addUnread(include.origin(), "cannot include '" + include.text() + "': not a path");
      }
    }
    layers.add(settings.without(INCLUDE));
  }

  private List<Scalar> includes(ConfigNode node) {
    List<ConfigNode> items =
        node instanceof Sequence list ? list.items() : node == null ? List.of() : List.of(node);
    List<Scalar> paths = new ArrayList<>();
    for (ConfigNode item : items) {
      if (item instanceof Scalar path && !path.isNull()) {
        paths.add(path);
      } else if (item != node || !item.isNull()) {
        problems.addUnread(
            item.origin(), "include must be a path or a list of paths, got " + item.shown());
      }
    }
    return paths;
  }

  /** The text of a file; the exception's message is the reason in plain words. */
  private static String text(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new IOException("a directory, not a file");
    } else if (!Files.exists(file)) {
      throw new IOException("no such file");
    } else if (!file.toString().matches(".*\\.(yaml|yml|json)")) {
      throw new IOException("a configuration's name ends in .yaml, .yml or .json");
    }
    try {
      return Files.readString(file);
    } catch (CharacterCodingException e) {
      throw new IOException("not UTF-8 text", e);
    } catch (AccessDeniedException e) {
      throw new IOException("no permission to read it", e);
    }
  }
}
