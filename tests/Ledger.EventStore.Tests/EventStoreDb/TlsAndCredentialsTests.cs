using FluentAssertions;
using Ledger.ProtocolHosting;
using Xunit;

namespace Ledger.EventStore.Tests.EventStoreDb;

public sealed class TlsAndCredentialsTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromSeconds(60));
    private readonly Certificates _certificates = new();
    private readonly Hosted _hosted = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _hosted.DisposeAsync();
        _certificates.Dispose();
        _deadline.Dispose();
    }

    [Fact]
    public async Task Tls_AuthorityInTheCaFile_IsTrusted()
    {
        ProtocolHost node = await TlsNodeAsync();

        AppendResult result = await AppendAsync($"{node.ConnectionString}&tlsCaFile={_certificates.CaFile}");

        result.Appended.Should().BeTrue();
    }

    [Fact]
    public async Task Tls_AuthorityUnknown_IsUnavailableAndSaysWhy()
    {
        ProtocolHost node = await TlsNodeAsync();

        var append = () => AppendAsync(node.ConnectionString);

        (await append.Should().ThrowAsync<EventStoreUnavailableException>()).WithMessage("*certificate*");
    }

    [Fact]
    public async Task Tls_CaFileButAnotherName_IsUnavailable()
    {
        ProtocolHost node = await TlsNodeAsync();

        var append = () => AppendAsync($"esdb://127.0.0.1:{node.Port}?tlsCaFile={_certificates.CaFile}");

        (await append.Should().ThrowAsync<EventStoreUnavailableException>()).WithMessage("*certificate*");
    }

    [Fact]
    public async Task Tls_NotVerified_AnyCertificateDoes()
    {
        ProtocolHost node = await TlsNodeAsync();

        (await AppendAsync($"{node.ConnectionString}&tlsVerifyCert=false")).Appended.Should().BeTrue();
    }

    [Fact]
    public async Task Credentials_Right_AreAccepted()
    {
        ProtocolHost node = await TlsNodeAsync(("ledger", "s3cret:€"));

        AppendResult result = await AppendAsync(
            $"esdb://ledger:s3cret%3A%E2%82%AC@localhost:{node.Port}?tlsCaFile={_certificates.CaFile}");

        result.Appended.Should().BeTrue();
    }

    [Theory]
    [InlineData("ledger:wrong@")]
    [InlineData("")]
    public async Task Credentials_WrongOrMissing_AreRefusedClearly(string userInfo)
    {
        ProtocolHost node = await TlsNodeAsync(("ledger", "s3cret"));
        string connectionString = $"esdb://{userInfo}localhost:{node.Port}?tlsCaFile={_certificates.CaFile}";

        var append = () => AppendAsync(connectionString);
        var read = async () => await _hosted.Client(connectionString)
            .ReadStreamAsync("worker-1", ReadDirection.Forwards, 0, 1, _deadline.Token).ToListAsync();
        var follow = async () => await _hosted.Client(connectionString)
            .SubscribeToAllAsync(StorePosition.Start, [], _deadline.Token).FirstAsync();

        (await append.Should().ThrowAsync<UnauthorizedAccessException>()).WithMessage("*user and password*");
        await read.Should().ThrowAsync<UnauthorizedAccessException>();
        await follow.Should().ThrowAsync<UnauthorizedAccessException>();
    }

    [Fact]
    public async Task Credentials_WithoutTls_AreNotSent()
    {
        ProtocolHost node = await _hosted.NodeAsync(new ProtocolHostOptions { Credentials = ("ledger", "s3cret") });

        var append = () => AppendAsync($"esdb://ledger:s3cret@localhost:{node.Port}?tls=false");

        await append.Should().ThrowAsync<UnauthorizedAccessException>();
    }

    private Task<ProtocolHost> TlsNodeAsync((string User, string Password)? credentials = null) =>
        _hosted.NodeAsync(new ProtocolHostOptions { Certificate = _certificates.ForLocalhost, Credentials = credentials });

    private async Task<AppendResult> AppendAsync(string connectionString) =>
        await _hosted.Client(connectionString).AppendAsync(Hosted.First(), _deadline.Token);
}
