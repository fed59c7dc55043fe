using System.Reflection;
using FluentAssertions;
using Ledger.Contracts.Decisions;
using Ledger.Tests;
using Xunit;

namespace Ledger.Contracts.Tests.Grains;

public class GrainContractsTests
{
    private static readonly Assembly Contracts = typeof(IIntake).Assembly;

    // Silos and API hosts of two versions run side by side during an upgrade: adding is possible, changing is not.
    [Fact]
    public void GrainContracts_AgainstTheManifest_AreTheSame() =>
        Repository.Stale("tests/Ledger.Contracts.Tests/grain-contracts.txt", GrainContracts.Write(Contracts), "GrainContracts").Should().BeNull();

    [Fact]
    public void GrainContracts_Everywhere_HaveAliases() => GrainContracts.Write(Contracts).Should().NotContain("(no alias)");

    [Fact]
    public void SerializedTypes_EveryMember_HasAnId() => GrainContracts.Unnumbered(Contracts).Should().BeEmpty();
}
