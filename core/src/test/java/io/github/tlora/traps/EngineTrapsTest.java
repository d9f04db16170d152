package io.github.tlora.traps;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * What DJL gets silently wrong must not stand in the code: arithmetic with a Java number (its
 * memory may be collected before backward), casts and copies that cut the graph, BFLOAT16 (ends the
 * JVM).
 */
class EngineTrapsTest {
  private static final Set<String> CUTS = Set.of("toType", "duplicate", "toDevice");

  private static final JavaClasses MAIN =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.github.tlora");

  private static final ArchRule NO_NUMBERS =
      noClasses()
          .should()
          .accessTargetWhere(
              describe(
                  "calls NDArray arithmetic with a Number",
                  access ->
                      isOnArray(access)
                          && access.getTarget().getFullName().contains("java.lang.Number")));

  private static final ArchRule NO_BFLOAT16 =
      noClasses()
          .should()
          .accessTargetWhere(
              describe(
                  "reads DataType.BFLOAT16",
                  access ->
                      access.getTargetOwner().isEquivalentTo(DataType.class)
                          && access.getTarget().getName().equals("BFLOAT16")));

  private static final ArchRule NO_CUTS =
      noClasses()
          .that()
          .resideInAnyPackage("..adapter..", "..nn..", "..model..", "..traps..")
          // Loading and merging make new arrays; nothing is differentiated there.
          .and()
          .doNotHaveSimpleName("Param")
          .and()
          .doNotHaveSimpleName("Projection")
          .and()
          .doNotHaveSimpleName("BaseWeights")
          .should()
          .accessTargetWhere(
              describe(
                  "cuts the gradient",
                  access -> isOnArray(access) && CUTS.contains(access.getTarget().getName())));

  private static boolean isOnArray(JavaAccess<?> access) {
    return access.getTargetOwner().isAssignableTo(NDArray.class);
  }

  @Test
  void no_array_arithmetic_with_java_numbers() {
    NO_NUMBERS.check(MAIN);
  }

  @Test
  void no_bfloat16() {
    NO_BFLOAT16.check(MAIN);
  }

  @Test
  void no_cast_or_copy_in_differentiated_code() {
    NO_CUTS.check(MAIN);
  }

  @Test
  void each_rule_finds_an_offender() {
    JavaClasses offender = new ClassFileImporter().importClasses(Offender.class);
    for (ArchRule rule : new ArchRule[] {NO_NUMBERS, NO_BFLOAT16, NO_CUTS}) {
      assertThat(rule.evaluate(offender).hasViolation()).as(rule.getDescription()).isTrue();
    }
  }

  /** Does everything that is forbidden. */
  static final class Offender {
    NDArray offend(NDArray x) {
      return x.mul(2).toType(DataType.BFLOAT16, true);
    }
  }
}
