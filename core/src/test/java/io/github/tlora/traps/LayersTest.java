package io.github.tlora.traps;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.GeneralCodingRules;
import org.junit.jupiter.api.Test;

/** Who may know whom; docs/architecture.md draws it. */
class LayersTest {
  private static final JavaClasses MAIN =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.github.tlora");

  @Test
  void packages_depend_in_one_direction() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("doctor")
        .definedBy("..tlora.doctor..")
        .layer("run")
        .definedBy("..tlora.run..")
        .layer("log")
        .definedBy("..tlora.log..")
        .layer("hub")
        .definedBy("..tlora.hub..")
        .layer("config")
        .definedBy("..tlora.config..")
        .layer("checkpoint")
        .definedBy("..tlora.checkpoint..")
        .layer("train")
        .definedBy("..tlora.train..")
        .layer("data")
        .definedBy("..tlora.data..")
        .layer("baseline")
        .definedBy("..tlora.baseline..")
        .layer("provenance")
        .definedBy("..tlora.provenance..")
        .layer("metric")
        .definedBy("..tlora.metric..")
        .layer("tokenizer")
        .definedBy("..tlora.tokenizer..")
        .layer("model")
        .definedBy("..tlora.model..")
        .layer("adapter")
        .definedBy("..tlora.adapter..")
        .layer("nn")
        .definedBy("..tlora.nn..")
        .layer("pickle")
        .definedBy("..tlora.pickle..")
        .layer("tensor")
        .definedBy("..tlora.tensor..")
        .whereLayer("doctor")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("run")
        .mayOnlyBeAccessedByLayers("doctor")
        .whereLayer("log")
        .mayOnlyBeAccessedByLayers("run")
        .whereLayer("hub")
        .mayOnlyBeAccessedByLayers("run")
        .whereLayer("config")
        .mayOnlyBeAccessedByLayers("doctor", "run")
        .whereLayer("checkpoint")
        .mayOnlyBeAccessedByLayers("doctor", "run")
        .whereLayer("train")
        .mayOnlyBeAccessedByLayers("doctor", "run", "config", "log")
        .whereLayer("baseline")
        .mayOnlyBeAccessedByLayers("run")
        .whereLayer("provenance")
        .mayOnlyBeAccessedByLayers("run")
        .whereLayer("data")
        .mayOnlyBeAccessedByLayers("doctor", "run", "config", "checkpoint", "train", "baseline")
        .whereLayer("metric")
        .mayOnlyBeAccessedByLayers(
            "doctor", "run", "checkpoint", "train", "data", "baseline", "log")
        .whereLayer("model")
        .mayOnlyBeAccessedByLayers("doctor", "run", "config", "checkpoint", "train")
        .whereLayer("tokenizer")
        .mayOnlyBeAccessedByLayers("model")
        .whereLayer("adapter")
        .mayOnlyBeAccessedByLayers("doctor", "run", "config", "checkpoint")
        .whereLayer("nn")
        .mayOnlyBeAccessedByLayers(
            "doctor", "run", "checkpoint", "train", "data", "model", "adapter")
        .whereLayer("pickle")
        .mayOnlyBeAccessedByLayers("model")
        .check(MAIN);
  }

  @Test
  void the_tokenizer_files_need_no_engine() {
    noClasses()
        .that()
        .resideInAPackage("..tlora.tokenizer..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("ai.djl..")
        .check(MAIN);
  }

  @Test
  void scores_need_no_engine() {
    noClasses()
        .that()
        .resideInAPackage("..tlora.metric..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("ai.djl..")
        .check(MAIN);
  }

  @Test
  void only_scores_baseline_and_provenance_know_tribuo() {
    noClasses()
        .that()
        .resideOutsideOfPackages("..tlora.metric..", "..tlora.baseline..", "..tlora.provenance..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.tribuo..", "com.oracle.labs.mlrg.olcut..")
        .check(MAIN);
  }

  @Test
  void the_hub_knows_nobody_and_needs_no_engine() {
    noClasses()
        .that()
        .resideInAPackage("..tlora.hub..")
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("ai.djl..", "io.github.tlora.*..")
                .and(not(resideInAPackage("..tlora.hub.."))))
        .check(MAIN);
  }

  @Test
  void packages_have_no_cycles() {
    slices().matching("io.github.tlora.(*)..").should().beFreeOfCycles().check(MAIN);
  }

  @Test
  void core_never_prints_and_never_exits() {
    GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(MAIN);
    noClasses().should().callMethod(System.class, "exit", int.class).check(MAIN);
  }
}
