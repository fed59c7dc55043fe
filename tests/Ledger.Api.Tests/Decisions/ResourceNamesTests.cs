using CsCheck;
using FluentAssertions;
using Ledger.Api.Decisions;
using Xunit;

namespace Ledger.Api.Tests.Decisions;

public sealed class ResourceNamesTests
{
    private const string Pseudonym = "00112233445566778899aabbccddeeff";
    private const string Id = "6a7f2c1e-58a9-4f5e-9c3d-0b8f6f1f2a10";

    private static readonly Gen<string> Organisations = Gen.Select(
        Gen.Char['a', 'z'], Gen.OneOf(Gen.Char['a', 'z'], Gen.Char['0', '9'], Gen.Const('-')).Array[0, 39], (first, rest) => first + new string(rest));

    private static readonly Gen<string> Workers = Gen.Byte.Array[16].Select(Convert.ToHexStringLower);

    [Fact]
    public void Name_Written_IsReadAsTheSame() => Gen.Select(Organisations, Workers, Gen.Guid).Sample((organisation, worker, id) =>
    {
        ResourceNames.TryParseDecision(ResourceNames.Decision(organisation, worker, id), out string o, out string w, out Guid d).Should().BeTrue();
        (o, w, d).Should().Be((organisation, worker, id));
        ResourceNames.TryParseWorker(ResourceNames.Worker(organisation, worker), out o, out w).Should().BeTrue();
        (o, w).Should().Be((organisation, worker));
        ResourceNames.TryParseOrganisation($"organisations/{organisation}", out o).Should().BeTrue();
        o.Should().Be(organisation);
    });

    [Fact]
    public void Name_OfAnyText_IsReadOnlyIfWritingGivesItBack() => Gen.OneOf(
        Gen.String,
        Gen.Select(Gen.String[0, 12], Gen.String[0, 40], (o, w) => $"organisations/{o}/workers/{w}"),
        Gen.Select(Organisations, Gen.String[Gen.Char["0123456789abcdefABCDEF/ "], 30, 34], (o, w) => $"organisations/{o}/workers/{w}")).Sample(name =>
    {
        if (ResourceNames.TryParseWorker(name, out string organisation, out string worker))
        {
            ResourceNames.Worker(organisation, worker).Should().Be(name);
        }
    });

    [Theory]
    [InlineData("")]
    [InlineData("main")]
    [InlineData("organisations/")]
    [InlineData("organisations/main/")]
    [InlineData("/organisations/main")]
    [InlineData("Organisations/main")]
    [InlineData("organisations/Main")]
    [InlineData("organisations/1st")]
    [InlineData("organisations/-a")]
    [InlineData("organisations/ma in")]
    [InlineData("organisations/main\n")]
    [InlineData("organisations/mäin")]
    [InlineData("organisations/..")]
    [InlineData("organisations/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void OrganisationName_ThatIsHostileOrWrong_IsRefused(string name) => ResourceNames.TryParseOrganisation(name, out _).Should().BeFalse();

    [Theory]
    [InlineData("organisations/main/workers/")]
    [InlineData("organisations/main/workers/" + Pseudonym + "/")]
    [InlineData("organisations/main/workers/" + Pseudonym + "0")]
    [InlineData("organisations/main/workers/00112233445566778899AABBCCDDEEFF")]
    [InlineData("organisations/main/workers/0011223344556677-899aabbccddeeff")]
    [InlineData("organisations/main/workers/../main/workers/" + Pseudonym)]
    [InlineData("organisations/main/systems/" + Pseudonym)]
    [InlineData("organisations/main/workers/0011223344556677889٩aabbccddeeff")]
    public void WorkerName_ThatIsHostileOrWrong_IsRefused(string name) => ResourceNames.TryParseWorker(name, out _, out _).Should().BeFalse();

    [Theory]
    [InlineData("organisations/main/workers/" + Pseudonym + "/decisions/")]
    [InlineData("organisations/main/workers/" + Pseudonym + "/decisions/6A7F2C1E-58a9-4f5e-9c3d-0b8f6f1f2a10")]
    [InlineData("organisations/main/workers/" + Pseudonym + "/decisions/6a7f2c1e58a94f5e9c3d0b8f6f1f2a10")]
    [InlineData("organisations/main/workers/" + Pseudonym + "/decisions/ " + Id)]
    [InlineData("organisations/main/workers/" + Pseudonym + "/decisions/" + Id + "/x")]
    [InlineData("organisations/main/workers/x/decisions/" + Id)]
    public void DecisionName_ThatIsHostileOrWrong_IsRefused(string name) => ResourceNames.TryParseDecision(name, out _, out _, out _).Should().BeFalse();
}
