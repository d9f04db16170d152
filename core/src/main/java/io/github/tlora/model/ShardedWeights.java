package io.github.tlora.model;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import io.github.tlora.UserError;
import io.github.tlora.tensor.Dtype;
import io.github.tlora.tensor.StrictJson;
import io.github.tlora.tensor.WeightSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Weights in several files beside an index, {@code model.safetensors.index.json} or {@code
 * pytorch_model.bin.index.json}, whose {@code weight_map} says which file has which tensor.
 *
 * <p>The map decides: what else the files hold is not seen. Its {@code metadata.total_size} is not
 * compared, since tools differ on whether shared tensors count twice.
 */
final class ShardedWeights implements WeightSource {
  private static final Pattern PLAIN_NAME = Pattern.compile("[\\w.+ -]{1,200}\\.(safetensors|bin)");

  private static final long LARGEST_INDEX = 1 << 26;

  private final Path index;
  private final Map<String, WeightSource> shards = new LinkedHashMap<>();
  private final Map<String, WeightSource> sources = new LinkedHashMap<>();

  /**
   * Opens every file that {@code index} names.
   *
   * @throws UserError exit 3 with all files, or all tensors, that are missing
   */
  ShardedWeights(Path index) {
    this.index = index;
    Map<String, String> map = weightMap();
    Set<String> files = new TreeSet<>(map.values());
    List<String> missing =
        files.stream().filter(file -> !Files.isRegularFile(index.resolveSibling(file))).toList();
    if (!missing.isEmpty()) {
      throw UserError.file(
          index
              + ": names files that are not beside it: "
              + UserError.several(missing, 8)
              + ". Fetch them too");
    }
    try {
      for (String file : files) {
        shards.put(file, WeightFiles.openFile(index.resolveSibling(file)));
      }
      map.forEach((name, file) -> sources.put(name, shards.get(file)));
      checkNames(map);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private Map<String, String> weightMap() {
    JsonNode map = readIndex().path("weight_map");
    if (!map.isObject() || map.isEmpty()) {
      throw unusable("it has no weight_map with tensors");
    }
    Map<String, String> files = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> field : map.properties()) {
      if (!isPlainName(field.getValue())) {
        throw unusable(
            "the file of "
                + shown(field.getKey())
                + " is no name of a .safetensors or .bin file in the same directory: "
                + shown(field.getValue().toString()));
      }
      files.put(field.getKey(), field.getValue().asText());
    }
    return files;
  }

  private JsonNode readIndex() {
    byte[] text;
    try {
      if (Files.size(index) > LARGEST_INDEX) {
        throw unusable("it has over " + LARGEST_INDEX + " bytes");
      }
      text = Files.readAllBytes(index);
    } catch (IOException e) {
      throw new UserError(UserError.Kind.FILE, index + ": cannot be read", e);
    }
    try {
      return StrictJson.MAPPER
          .reader(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .readTree(text);
    } catch (IOException e) {
      throw unusable("it is not JSON, or has a name twice");
    }
  }

  /** A file's name alone, which cannot leave the directory on any system. */
  private static boolean isPlainName(JsonNode file) {
    return file.isTextual() && PLAIN_NAME.matcher(file.asText()).matches();
  }

  private void checkNames(Map<String, String> map) {
    List<String> absent =
        map.keySet().stream()
            .filter(name -> !sources.get(name).names().contains(name))
            .map(name -> shown(name) + " in " + map.get(name))
            .toList();
    if (!absent.isEmpty()) {
      throw unusable(
          "it names tensors that their files do not have: " + UserError.several(absent, 8));
    }
  }

  /** A text of the index, short and without characters that a terminal obeys. */
  private static String shown(String text) {
    String start = text.length() > 100 ? text.substring(0, 100) + "..." : text;
    return start.replaceAll("[\\p{Cntrl}\\p{Cf}\\u2028\\u2029]", "?");
  }

  private UserError unusable(String what) {
    return UserError.file(
        index + ": not a usable index of weights: " + what + ". Fetch or write the model again");
  }

  @Override
  public String location() {
    return index.toString();
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(sources.keySet());
  }

  @Override
  public long[] shape(String name) {
    return source(name).shape(name);
  }

  @Override
  public Dtype dtype(String name) {
    return source(name).dtype(name);
  }

  @Override
  public String storedType(String name) {
    return source(name).storedType(name);
  }

  @Override
  public ByteBuffer bytes(String name) {
    return source(name).bytes(name);
  }

  private WeightSource source(String name) {
    WeightSource source = sources.get(name);
    if (source == null) {
      throw UserError.file(index + ": has no tensor '" + name + "'");
    }
    return source;
  }

  @Override
  public void close() {
    List<UserError> faults = new ArrayList<>();
    for (WeightSource shard : shards.values()) {
      try {
        shard.close();
      } catch (UserError e) {
        faults.add(e);
      }
    }
    if (!faults.isEmpty()) {
      throw faults.get(0);
    }
  }
}
