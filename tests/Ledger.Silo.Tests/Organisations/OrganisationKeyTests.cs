using FluentAssertions;
using Ledger.Silo.Organisations;
using Xunit;

namespace Ledger.Silo.Tests.Organisations;

public sealed class OrganisationKeyTests : IDisposable
{
    private readonly string directory = Path.Combine(Directory.CreateTempSubdirectory("ledger-keys-").FullName, "keys");

    private string KeyFile => Path.Combine(directory, "organisation-main.key");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(directory)!, recursive: true);

    [Fact]
    public void Pseudonym_OfAKnownKeyAndNumber_IsTheHmacThatOthersCompute()
    {
        // Computed with Python's hmac module.
        OrganisationKey key = new([.. Enumerable.Range(0, 32).Select(b => (byte)b)]);

        key.PseudonymOf("E-1001").Should().Be("98889a30c96eddaee77c4ed58af4ea41");
        key.Fingerprint().Should().Be("ba384f331ad31840be24f49a6bdf61c5");
    }

    [Fact]
    public void Pseudonym_OfNumbersThatDifferInCase_Differs()
    {
        OrganisationKey key = new(new byte[32]);

        key.PseudonymOf("a1").Should().NotBe(key.PseudonymOf("A1"));
        key.PseudonymOf(new string('9', 64)).Should().MatchRegex("^[0-9a-f]{32}$");
    }

    [Fact]
    public void Pseudonym_UnderAnotherKey_IsAnother() =>
        new OrganisationKey(new byte[32]).PseudonymOf("1").Should().NotBe(new OrganisationKey([1, .. new byte[31]]).PseudonymOf("1"));

    [Fact]
    public void Key_LoadedAgain_IsTheSame() =>
        OrganisationKey.LoadOrCreate(directory, "main").Fingerprint().Should().Be(OrganisationKey.LoadOrCreate(directory, "main").Fingerprint());

    [Fact]
    public void Keys_OfTwoOrganisations_Differ() =>
        OrganisationKey.LoadOrCreate(directory, "main").Fingerprint().Should().NotBe(OrganisationKey.LoadOrCreate(directory, "other").Fingerprint());

    [SkippableFact]
    public void KeyFile_IsForItsOwnerOnly()
    {
        Skip.If(OperatingSystem.IsWindows());
        OrganisationKey.LoadOrCreate(directory, "main");

#pragma warning disable CA1416 // Skipped there.
        File.GetUnixFileMode(KeyFile).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.GetUnixFileMode(directory).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
#pragma warning restore CA1416
    }

    [Fact]
    public void KeyFile_MadeAnew_LeavesNoDraftBesideIt()
    {
        OrganisationKey.LoadOrCreate(directory, "main");

        Directory.GetFiles(directory).Select(Path.GetFileName).Should().BeEquivalentTo("organisation-main.key", "lock");
    }

    [Theory]
    [InlineData("")]
    [InlineData("not base64!")]
    [InlineData("AAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void KeyFile_ThatIsNotAKey_IsRefusedByNameAndKept(string content)
    {
        Directory.CreateDirectory(directory);
        File.WriteAllText(KeyFile, content);

        FluentActions.Invoking(() => OrganisationKey.LoadOrCreate(directory, "main"))
            .Should().Throw<InvalidDataException>().WithMessage($"*{KeyFile}*backup*");
        File.ReadAllText(KeyFile).Should().Be(content, "it may be all that is left of a key");
    }

    [Fact]
    public async Task Creators_ThatRace_AgreeOnOneKey()
    {
        for (int round = 0; round < 50; round++)
        {
            string organisation = $"o{round}";
            using Barrier start = new(4);
            string[] fingerprints = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait();
                    return OrganisationKey.LoadOrCreate(directory, organisation).Fingerprint();
                },
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
            fingerprints.Distinct(StringComparer.Ordinal).Should().ContainSingle();
        }

        Directory.GetFiles(directory, "*.new").Should().BeEmpty("no draft is left behind");
    }
}
