using System.Diagnostics;
using System.Globalization;
using Ledger.Scenarios.Hosting;
using Ledger.Tests;
using Ledger.V1;
using Ledger.Verification;

namespace Ledger.Scenarios.Transparency;

/// <summary>A log served by this server is read and checked, all of it, by a program that is not ours. See <c>Go/reader.go</c>.</summary>
public class GoReaderScenarios(LogServer served) : IClassFixture<LogServer>
{
    private const string Packages = "/usr/share/gocode";

    [SkippableFact]
    public async Task ServedLog_ReadByGo_IsSignedWholeAndHoldsTheDecision()
    {
        Skip.IfNot(
            Repository.Has("go") && Directory.Exists(Path.Combine(Packages, "src", "golang.org", "x", "mod")),
            "Go or its package x/mod is not installed (apt-get install golang-go golang-golang-x-mod-dev).");
        using TemporaryDirectory directory = new();
        string reader = directory.Of("reader");
        await RunAsync(directory, "go", "build", "-o", reader, Repository.PathOf("tests", "Ledger.Scenarios", "Transparency", "Go", "reader.go"));
        string url = $"{served.Server.Http.BaseAddress}log/main";
        VerifierKey key = (await served.Log.KeysAsync())[^1];
        V1.InclusionProof decision = await served.Server.Transparency.GetInclusionProofAsync(new GetInclusionProofRequest { Name = served.Receipts[123].Name });
        string index = decision.LeafIndex.ToString(CultureInfo.InvariantCulture);

        (int code, string said) = await RunAsync(directory, reader, url, key.ToString(), index, served.Receipts[123].LeafHash.ToBase64());
        said.Trim().Should().Be(decision.Checkpoint.Size.ToString(CultureInfo.InvariantCulture));
        code.Should().Be(0);

        (await RunAsync(directory, reader, url, key.ToString(), index, served.Receipts[122].LeafHash.ToBase64())).Code.Should().Be(1, "another decision is not there");
        using SignerKey stranger = SignerKey.FromSeed(key.Name, KeyAlgorithm.Ed25519, new byte[SignerKey.SeedLength]);
        (await RunAsync(directory, reader, url, stranger.Verifier.ToString(), index, served.Receipts[123].LeafHash.ToBase64())).Code.Should().Be(1, "it is not a stranger's");
    }

    private static async Task<(int Code, string Said)> RunAsync(TemporaryDirectory directory, string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { WorkingDirectory = directory.Path, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["GOPATH"] = Packages;
        start.Environment["GO111MODULE"] = "off";
        start.Environment["GOFLAGS"] = "";
        start.Environment.TryAdd("HOME", directory.Path);
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, text + await error);
    }
}
