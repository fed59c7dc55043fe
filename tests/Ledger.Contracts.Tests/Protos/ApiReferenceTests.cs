using FluentAssertions;
using Ledger.Tests;
using Xunit;

namespace Ledger.Contracts.Tests.Protos;

public class ApiReferenceTests
{
    private static readonly ContractSource Source = ContractSource.Read();

    [Fact]
    public void EveryNamedThing_InTheContract_HasAComment() =>
        Source.Elements.Where(e => e.Comment.Length == 0).Select(e => $"{e.Kind} {e.Owner}.{e.Name}").Should().BeEmpty();

    [Fact]
    public void ApiPage_AgainstTheProtos_IsUpToDate() =>
        Repository.Stale("docs/api.md", ApiReference.Write(Source), "ApiReference").Should().BeNull();

    [Fact]
    public void Contract_AsRead_HoldsServicesMessagesAndEnums() =>
        Source.Elements.Select(e => e.Kind).Distinct().Should().BeEquivalentTo(Enum.GetValues<ElementKind>());
}
