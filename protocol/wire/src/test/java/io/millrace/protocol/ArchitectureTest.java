package io.millrace.protocol;

import static com.tngtech.archunit.lang.conditions.ArchConditions.callMethod;
import static com.tngtech.archunit.lang.conditions.ArchConditions.not;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.security.MessageDigest;
import java.util.Arrays;

@AnalyzeClasses(packages = "io.millrace.protocol", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule shapesKnowNeitherHttpNorOperations = noClasses()
            .that()
            .resideInAPackage("io.millrace.protocol.shape..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.millrace.protocol.endpoint..", "io.millrace.protocol.api..", "io.netty..")
            .because("a body has the same form wherever it comes from");

    @ArchTest
    static final ArchRule theEndpointKnowsNoAwsProtocol = noClasses()
            .that()
            .resideInAPackage("io.millrace.protocol.endpoint..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.millrace.protocol.api..", "io.millrace.protocol.shape..", "software.amazon..")
            .because("what a request means is decided by the router it is given");

    @ArchTest
    static final ArchRule signaturesAreComparedInConstantTime = classes()
            .that()
            .haveSimpleName("SignatureCalculator")
            .should()
            .callMethod(MessageDigest.class, "isEqual", byte[].class, byte[].class)
            .andShould(not(callMethod(Arrays.class, "equals", byte[].class, byte[].class)))
            .andShould(not(callMethod(String.class, "equals", Object.class)))
            .because("the time of a comparison that ends at the first difference tells how much was right");

    @ArchTest
    static final ArchRule whoCallsIsFoundOutWithoutKnowingOperations = noClasses()
            .that()
            .resideInAPackage("io.millrace.protocol.auth..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.millrace.protocol.api..", "io.millrace.protocol.shape..", "software.amazon..")
            .because("one check serves every service, and it is not the code that signs");

    @ArchTest
    static final ArchRule packagesFormNoCycle =
            slices().matching("io.millrace.protocol.(*)..").should().beFreeOfCycles();
}
