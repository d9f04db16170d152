package io.github.tlora.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** Made-up sentences in SST-2's layout; every fifth label is wrong, so that no score is round. */
final class Sentences {
  private static final List<String> GOOD = List.of("warm", "generous", "funny", "joy");
  private static final List<String> BAD = List.of("dull", "endless", "sad", "mess");
  private static final List<String> OTHER = List.of("film", "plot", "comedy", "is", "was", "the");

  private Sentences() {}

  /** Writes train.tsv and dev.tsv with so many rows to {@code directory}, and returns that. */
  static Path write(Path directory, int train, int dev) throws IOException {
    Files.createDirectories(directory);
    Files.writeString(directory.resolve("train.tsv"), rows(train, new Random(1)));
    Files.writeString(directory.resolve("dev.tsv"), rows(dev, new Random(2)));
    return directory;
  }

  private static String rows(int count, Random random) {
    StringBuilder rows = new StringBuilder("sentence\tlabel\n");
    for (int i = 0; i < count; i++) {
      boolean good = i % 2 == 0;
      List<String> opinions = good ? GOOD : BAD;
      for (int word = 0; word <= random.nextInt(4) + 2; word++) {
        rows.append(OTHER.get(random.nextInt(OTHER.size()))).append(' ');
      }
      rows.append(opinions.get(random.nextInt(opinions.size())));
      rows.append('\t').append(good == (i % 5 != 4) ? 1 : 0).append('\n');
    }
    return rows.toString();
  }
}
