package io.github.tlora.model;

import io.github.tlora.UserError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Finds the checkpoint that a name means: a directory, the tool's own models, then the cache in
 * which Hugging Face's tools keep what they downloaded.
 *
 * @param home the tool's own directory; models are under {@code models/}
 * @param hub Hugging Face's cache, the directory of {@code models--ORGANISATION--NAME}
 */
public record ModelFinder(Path home, Path hub) {
  /** {@code name} or {@code organisation/name}, with {@code @revision} if need be. */
  private static final Pattern REPOSITORY =
      Pattern.compile("([\\w.-]+/)?[\\w.-]+(@[\\w./-]+)?", Pattern.UNICODE_CHARACTER_CLASS);

  private static final String FOLDER = "models--";

  /**
   * The checkpoint called {@code model}.
   *
   * @param model {@code bundled}, a directory in the Hugging Face layout, or a name on the hub with
   *     or without its organisation, as {@code FacebookAI/roberta-large} or {@code
   *     roberta-large@main}
   * @throws UserError exit 3 when it is nowhere; the message lists the places searched
   */
  public ModelFiles find(String model) {
    return search(model).orElseThrow(() -> absent(model));
  }

  /**
   * The checkpoint called {@code model} or, where it is nowhere, the shape that a model of this
   * name is known to have: enough to declare and count parameters, not to train.
   */
  public ModelFiles findShape(String model) {
    return lookUp(model).orElseThrow(() -> absent(model));
  }

  /** As {@link #findShape}, and empty where the name is not known either. */
  public Optional<ModelFiles> lookUp(String model) {
    return search(model)
        .or(() -> KnownModels.find(model).map(known -> new KnownShape(known, absent(model))));
  }

  private Optional<ModelFiles> search(String model) {
    if (model.equals(ModelFiles.BUNDLED) || model.equals(BundledModel.ID)) {
      return Optional.of(new BundledModel());
    }
    for (Path candidate : List.of(Path.of(model), own(model))) {
      if (Files.isDirectory(candidate)) {
        return Optional.of(new ModelFiles.Directory(candidate));
      }
    }
    return isRepository(model) ? cached(model) : Optional.empty();
  }

  private Path own(String model) {
    return home.resolve("models").resolve(model);
  }

  private static boolean isRepository(String model) {
    return REPOSITORY.matcher(model).matches() && !model.startsWith(".");
  }

  private Optional<ModelFiles> cached(String model) {
    int at = model.indexOf('@');
    String name = at < 0 ? model : model.substring(0, at);
    String revision = at < 0 ? null : model.substring(at + 1);
    for (Path folder : folders(name)) {
      Optional<Path> snapshot = snapshot(folder, revision);
      if (snapshot.isPresent()) {
        Path files = snapshot.get();
        String commit = files.getFileName().toString();
        return Optional.of(new ModelFiles.Directory(files, repository(folder), commit));
      }
    }
    return Optional.empty();
  }

  /**
   * The cache's folders that {@code name} may mean: that of the name as given, that of its own
   * organisation where it is well known, then the only other one of this name.
   */
  private List<Path> folders(String name) {
    List<Path> folders = new ArrayList<>(List.of(folder(name)));
    if (!name.contains("/")) {
      KnownModels.find(name).ifPresent(known -> folders.add(folder(known.id())));
      List<Path> others = list(hub, FOLDER + "*--" + name);
      others.removeAll(folders);
      if (others.size() > 1 && folders.stream().noneMatch(Files::isDirectory)) {
        throw UserError.usage(
            "model: '"
                + name
                + "' may be any of "
                + String.join(", ", others.stream().map(ModelFinder::repository).toList())
                + " in the Hugging Face cache. Name its organisation too");
      }
      folders.addAll(others);
    }
    return folders.stream().filter(Files::isDirectory).toList();
  }

  private Path folder(String repository) {
    return hub.resolve(FOLDER + repository.replace("/", "--"));
  }

  private static String repository(Path folder) {
    return folder.getFileName().toString().substring(FOLDER.length()).replaceFirst("--", "/");
  }

  /** The files of a revision: those of {@code main} or, without it, of the newest download. */
  private static Optional<Path> snapshot(Path folder, String revision) {
    Path snapshots = folder.resolve("snapshots");
    String wanted = revision == null ? "main" : revision;
    Optional<Path> named =
        commit(folder.resolve("refs").resolve(wanted))
            .or(() -> Optional.of(wanted))
            .map(snapshots::resolve)
            .filter(Files::isDirectory);
    if (named.isPresent()) {
      return named;
    }
    List<Path> all = list(snapshots, revision == null ? "*" : revision + "*");
    return all.stream().max(Comparator.comparing(path -> path.toFile().lastModified()));
  }

  private static Optional<String> commit(Path ref) {
    try {
      return Files.isRegularFile(ref)
          ? Optional.of(Files.readString(ref, StandardCharsets.UTF_8).strip())
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty(); // a cache that cannot be read is as good as none
    }
  }

  private static List<Path> list(Path directory, String glob) {
    if (!Files.isDirectory(directory)) {
      return new ArrayList<>();
    }
    var matcher = directory.getFileSystem().getPathMatcher("glob:" + glob);
    try (Stream<Path> paths = Files.list(directory)) {
      return new ArrayList<>(
          paths
              .filter(path -> matcher.matches(path.getFileName()) && Files.isDirectory(path))
              .sorted()
              .toList());
    } catch (IOException e) {
      return new ArrayList<>(); // as above
    }
  }

  private UserError absent(String model) {
    String where =
        "model: '" + model + "' is not a directory here, nor at " + own(model).normalize();
    if (!isRepository(model)) {
      return UserError.file(
          where
              + ". Give a directory with config.json, weights and a tokenizer, a name on the hub, or"
              + " leave --model out for the bundled encoder");
    }
    String name = model.replaceFirst("@.*", "");
    String id = KnownModels.find(name).map(KnownModels.Known::id).orElse(name);
    String revision = model.substring(name.length()); // with its @
    return UserError.file(
        where
            + ", nor in the Hugging Face cache ("
            + folder(id)
            + ")"
            + KnownModels.suggestion(name)
            + ". Get it with 'tlora get "
            + id
            + revision
            + "', give a directory with config.json, weights and a tokenizer, or leave --model out"
            + " for the bundled encoder");
  }
}
