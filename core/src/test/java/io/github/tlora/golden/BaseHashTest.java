package io.github.tlora.golden;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import io.github.tlora.model.BundledModel;
import io.github.tlora.model.HeadSettings;
import io.github.tlora.model.ModelFiles;
import io.github.tlora.model.SequenceClassifier;
import io.github.tlora.nn.Slots;
import io.github.tlora.tensor.Torch;
import io.github.tlora.tensor.WeightSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An adapter file names the hash of its base: what it is taken over must never change. */
class BaseHashTest {
  @ParameterizedTest
  @CsvSource({
    "bundled, 15740746f63def1d20dcb845d50963399f3295d10903c886aa431709bd800c5f",
    "bert, 2475bebc6203e975fd3b79c77e69e9a5dbbcacd6820d9e85629bc8ce2c8255ad",
    "roberta, 68451d66e16df92b828541016346a25f30e1595ed307d00c06d67736e9c2f827",
    "deberta-v1, 809d9e96534fa9bd7529ed68475c7922d0fc105d05d782687fdb6564bae043b2",
    "deberta-v2-conv, e5c1b339fa58ee3b98e27c336be6c57ed0f367fa09b5386a10767326f3c18d97",
    "deberta-v3, ffa478ae4d385e82624bc899d984d96e5c146eac1bba39beef342b9b0f064781"
  })
  void a_base_keeps_the_hash_that_adapters_were_written_with(String name, String sha256) {
    ModelFiles files =
        name.equals(ModelFiles.BUNDLED)
            ? new BundledModel()
            : new ModelFiles.Directory(Fixture.named(name).model());
    for (HeadSettings.Kind kind : HeadSettings.Kind.values()) {
      HeadSettings head = HeadSettings.defaults().orElse(kind, HeadSettings.Pooling.FIRST);
      SequenceClassifier model =
          SequenceClassifier.declare(files.architecture(), head, 2, Slots.NONE);
      try (NDManager manager = Torch.newManager("cpu");
          WeightSource weights = files.openWeights()) {
        model.load(weights, manager);
      }
      assertThat(model.baseHash()).as("%s head", kind).isEqualTo(sha256);
    }
  }
}
