using FluentAssertions;
using Ledger.Silo.Hosting;
using Ledger.Silo.Workers.Sealing;
using Xunit;

namespace Ledger.Silo.Tests.Workers.Sealing;

public sealed class OrganisationKeyRingTests : IDisposable
{
    private const string Worker = "00112233445566778899aabbccddeeff";

    private static readonly byte[] Key = [.. Enumerable.Range(0, WorkerKey.Length).Select(i => (byte)i)];

    private readonly string directory = Path.Combine(Directory.CreateTempSubdirectory("ledger-ring-").FullName, "keys");
    private readonly Entropy entropy = new();

    private string RingFile => Path.Combine(directory, "organisation-main.ring");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(directory)!, recursive: true);

    [Fact]
    public void Key_Wrapped_IsUnwrappedByTheRingReadAgain()
    {
        StoredKey stored = Load().Wrap(Worker, Key, entropy);

        stored.Version.Should().Be(1);
        stored.Wrapped.Length.Should().Be(OrganisationKeyRing.WrappedLength);
        Unwrap(Load(), stored).Should().Equal(Key);
    }

    [Fact]
    public void Key_WrappedForSomebodyElse_IsNotUnwrapped()
    {
        StoredKey stored = Load().Wrap(Worker, Key, entropy);
        OrganisationKeyRing other = OrganisationKeyRing.LoadOrCreate(directory, "other", entropy);
        byte[] flipped = stored.Wrapped.ToArray();
        flipped[20] ^= 1;

        StoredKey[] wrong =
        [
            stored with { Id = new KeyId("main", Worker[..^1] + "0") }, stored with { Wrapped = flipped }, stored with { Wrapped = stored.Wrapped[..^1] },
        ];
        wrong.Should().AllSatisfy(w => FluentActions.Invoking(() => Unwrap(Load(), w)).Should().Throw<InvalidDataException>().WithMessage($"*{RingFile}*backups*"));
        FluentActions.Invoking(() => Unwrap(other, stored)).Should().Throw<InvalidDataException>();
        Unwrap(Load(), stored with { Version = 2 }).Should().BeNull("the ring has no version 2");
    }

    [Fact]
    public void Version_Added_WrapsAndTheOldOneStillUnwraps()
    {
        StoredKey old = Load().Wrap(Worker, Key, entropy);
        OrganisationKeyRing ring = OrganisationKeyRing.AddVersion(directory, "main", entropy);
        StoredKey current = ring.Wrap(Worker, Key, entropy);

        current.Version.Should().Be(2);
        foreach (StoredKey each in (StoredKey[])[old, current])
        {
            Unwrap(ring, each).Should().Equal(Key);
            Unwrap(Load(), each).Should().Equal(Key);
        }

        OrganisationKeyRing left = OrganisationKeyRing.RemoveOlderThan(directory, "main", 2, entropy);
        left.Versions.Should().Equal(2);
        Load().Versions.Should().Equal(2);
        Unwrap(Load(), current).Should().Equal(Key);
        Unwrap(Load(), old).Should().BeNull();
        File.ReadAllText(RingFile).Should().NotContain("\n1 ");
    }

    [Fact]
    public void Newest_IsNeverRemoved()
    {
        Load();
        OrganisationKeyRing.RemoveOlderThan(directory, "main", 99, entropy).Versions.Should().Equal(1);
    }

    [Fact]
    public void Ring_HoldsAsManyVersionsAsItMay_AndNoMore()
    {
        for (int version = 2; version <= Limits.KeyRingVersions; version++)
        {
            OrganisationKeyRing.AddVersion(directory, "main", entropy).Newest.Should().Be(version);
        }

        FluentActions.Invoking(() => OrganisationKeyRing.AddVersion(directory, "main", entropy)).Should().Throw<InvalidDataException>().WithMessage("*earlier rotation*");
        Load().Versions.Should().HaveCount(Limits.KeyRingVersions);
    }

    [Fact]
    public void Fingerprint_TellsKeysApartAndNothingElse()
    {
        OrganisationKeyRing ring = Load();

        ring.Fingerprint(1).Should().HaveCount(16).And.Equal(Load().Fingerprint(1));
        ring.Fingerprint(1).Should().NotEqual(OrganisationKeyRing.LoadOrCreate(directory, "other", entropy).Fingerprint(1));
        Convert.FromBase64String(File.ReadAllLines(RingFile)[1][2..]).AsSpan().IndexOf(ring.Fingerprint(1)).Should().Be(-1);
    }

    [SkippableFact]
    public void RingFile_IsForItsOwnerOnly()
    {
        Skip.If(OperatingSystem.IsWindows());
        OrganisationKeyRing.AddVersion(directory, "main", entropy);

#pragma warning disable CA1416 // Skipped there.
        File.GetUnixFileMode(RingFile).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
#pragma warning restore CA1416
    }

    [Theory]
    [InlineData("")]
    [InlineData("ledger-key-ring/v1")]
    [InlineData("ledger-key-ring/v2\n1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")]
    [InlineData("ledger-key-ring/v1\n1 AAEC")]
    [InlineData("ledger-key-ring/v1\n0 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")]
    [InlineData("ledger-key-ring/v1\n-1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")]
    [InlineData("ledger-key-ring/v1\n2 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n2 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")]
    [InlineData("ledger-key-ring/v1\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")]
    public void RingFile_ThatIsNoRing_IsRefusedByNameAndKept(string content)
    {
        Directory.CreateDirectory(directory);
        File.WriteAllText(RingFile, content);

        FluentActions.Invoking(Load).Should().Throw<InvalidDataException>().WithMessage($"*{RingFile}*backup*");
        FluentActions.Invoking(() => OrganisationKeyRing.AddVersion(directory, "main", entropy)).Should().Throw<InvalidDataException>();
        File.ReadAllText(RingFile).Should().Be(content, "it may be all that is left of the keys");
    }

    [Fact]
    public async Task Processes_ThatStartOrRotateTogether_LoseNoVersion()
    {
        StoredKey[] wrapped = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() =>
            (i % 2 == 0 ? OrganisationKeyRing.AddVersion(directory, "main", entropy) : Load()).Wrap(Worker, Key, entropy))));

        Load().Versions.Should().Equal(1, 2, 3, 4, 5);
        wrapped.Should().AllSatisfy(w => Unwrap(Load(), w).Should().Equal(Key));
    }

    private OrganisationKeyRing Load() => OrganisationKeyRing.LoadOrCreate(directory, "main", entropy);

    private static byte[]? Unwrap(OrganisationKeyRing ring, StoredKey stored)
    {
        byte[] key = new byte[WorkerKey.Length];
        return ring.TryUnwrap(stored, key) ? key : null;
    }
}
