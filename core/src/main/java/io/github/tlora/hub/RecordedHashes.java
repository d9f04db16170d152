package io.github.tlora.hub;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The SHA-256 that downloads had when they were first fetched, in the form of sha256sum. It stands
 * beside the task's directory, and stays when that is deleted.
 */
record RecordedHashes(Path file) {
  /** Hashes by the download's name; none where nothing was fetched yet. */
  Map<String, String> read() throws IOException {
    Map<String, String> recorded = new LinkedHashMap<>();
    if (Files.isRegularFile(file)) {
      for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
        String[] words = line.split("\\s+", 2);
        if (words.length == 2) {
          recorded.put(words[1], words[0]);
        }
      }
    }
    return recorded;
  }

  void write(Map<String, String> hashes) throws IOException {
    String text =
        hashes.entrySet().stream()
            .map(entry -> entry.getValue() + "  " + entry.getKey() + "\n")
            .collect(Collectors.joining());
    Path aside = file.resolveSibling("." + file.getFileName() + ".part");
    Files.writeString(aside, text, StandardCharsets.UTF_8);
    HubCache.rename(aside, file);
  }
}
