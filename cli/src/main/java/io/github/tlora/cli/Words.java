package io.github.tlora.cli;

import io.github.tlora.Setting;
import io.github.tlora.adapter.Method;
import io.github.tlora.data.Glue;
import io.github.tlora.tensor.Dtype;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;

/** The words that an option or argument takes, for shells that complete them. */
abstract class Words implements Iterable<String> {
  private final List<String> words;

  private Words(List<String> words) {
    this.words = words;
  }

  @Override
  public Iterator<String> iterator() {
    return words.iterator();
  }

  List<String> all() {
    return words;
  }

  boolean contains(String word) {
    return words.contains(word);
  }

  /** Values of {@code --color}. */
  static final class Colours extends Words {
    Colours() {
      super(List.of("auto", "always", "never"));
    }
  }

  /** Values of {@code --log-format}. */
  static final class Forms extends Words {
    Forms() {
      super(List.of("text", "json"));
    }
  }

  /** Shells whose words are completed. */
  static final class Shells extends Words {
    Shells() {
      super(List.of("bash", "zsh", "fish"));
    }
  }

  /** Fine-tuning methods. */
  static final class Methods extends Words {
    Methods() {
      super(List.copyOf(Method.names()));
    }
  }

  /** Tasks of GLUE; files that describe others are completed as files. */
  static final class Tasks extends Words {
    Tasks() {
      super(Arrays.stream(Glue.values()).map(Glue::key).toList());
    }
  }

  /** What weights are kept as. */
  static final class Dtypes extends Words {
    Dtypes() {
      super(Arrays.stream(Dtype.values()).map(Setting::word).toList());
    }
  }

  /** Devices; of several GPUs the first. */
  static final class Devices extends Words {
    Devices() {
      super(List.of("cpu", "cuda"));
    }
  }
}
