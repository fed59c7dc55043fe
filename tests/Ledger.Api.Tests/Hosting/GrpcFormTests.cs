using FluentAssertions;
using Google.Rpc;
using Grpc.Core;
using Ledger.Api.Hosting;
using Ledger.Tests;
using Ledger.V1;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Ledger.Api.Tests.Hosting;

[Collection(nameof(RunningLedger))]
public sealed class GrpcFormTests(RunningLedger ledger)
{
    private const string Organisation = "organisations/main";

    private DecisionService.DecisionServiceClient Decisions => new(ledger.Grpc);

    [Fact]
    public async Task Decision_Recorded_ComesBack()
    {
        Receipt receipt = await RecordAsync(JsonFormTests.Now(101));

        receipt.LeafHash.Length.Should().Be(32);
        RecordedDecision back = await Decisions.GetDecisionAsync(new GetDecisionRequest { Name = receipt.Name });
        back.Receipt.Should().Be(receipt);
        back.Decision.Subject.EmployeeNumber.Should().BeEmpty();
        back.Decision.Name.Should().Be(receipt.Name);
    }

    [Fact]
    public async Task Decision_WithAMistake_CarriesAllDetails()
    {
        RpcException refused = await RefusedAsync(() => RecordAsync(JsonFormTests.Now(102, d => d.Kind = "")), StatusCode.InvalidArgument);
        Google.Rpc.Status status = refused.GetRpcStatus()!;

        status.GetDetail<ErrorInfo>().Reason.Should().Be("MISSING");
        status.GetDetail<BadRequest>().FieldViolations.Single().Field.Should().Be("decision.kind");
        status.GetDetail<LocalizedMessage>().Locale.Should().Be("fr-CA");
        (await RefusedAsync(() => RecordAsync(JsonFormTests.Now(102, d => d.Kind = ""), "en"), StatusCode.InvalidArgument))
            .Status.Detail.Should().Be("decision.kind is missing.");
    }

    [Fact]
    public async Task Overload_IsResourceExhaustedWithARetryDelay()
    {
        IntakeGate gate = ledger.Services.GetRequiredService<IntakeGate>();
        gate.TryEnter(Limits.DecisionsInFlight).Should().BeNull();
        try
        {
            RpcException refused = await RefusedAsync(() => RecordAsync(JsonFormTests.Now(103)), StatusCode.ResourceExhausted);
            refused.GetRpcStatus()!.GetDetail<RetryInfo>().RetryDelay.ToTimeSpan().Should().BePositive();

            RecordDecisionsResponse batch = await BatchAsync(JsonFormTests.Now(103));
            batch.Results.Single().Error.Code.Should().Be((int)StatusCode.ResourceExhausted);
        }
        finally
        {
            gate.Leave(Limits.DecisionsInFlight);
        }
    }

    [Fact]
    public async Task Batch_WithRefusedOnes_AnswersEachInItsPlace()
    {
        RecordDecisionsResponse response = await BatchAsync(
            JsonFormTests.Now(104), JsonFormTests.Now(105, d => d.Personal.DataUsed.Add(new DataUse { Category = DataCategory.EmotionalState, Source = "camera" })),
            JsonFormTests.Now(104), JsonFormTests.Now(104, d => d.Kind = "other"));

        response.BatchId.Should().Be(7);
        response.Results.Should().HaveCount(4);
        response.Results[0].Receipt.Should().NotBeNull();
        response.Results[1].Error.GetDetail<ErrorInfo>().Reason.Should().Be("PROHIBITED");
        response.Results[2].Receipt.Should().Be(response.Results[0].Receipt);
        response.Results[2].AlreadyRecorded.Should().BeTrue();
        response.Results[3].Error.Code.Should().Be((int)StatusCode.AlreadyExists);
    }

    [Theory, InlineData(0, "MISSING"), InlineData(1001, "OVER_LIMIT")]
    public async Task Batch_OutsideItsLimits_EndsTheStreamSayingWhy(int size, string reason)
    {
        RpcException refused = await RefusedAsync(
            async () => await BatchAsync([.. Enumerable.Repeat(JsonFormTests.Now(106), size)]), StatusCode.InvalidArgument);

        refused.GetRpcStatus()!.GetDetail<ErrorInfo>().Reason.Should().Be(reason);
        refused.GetRpcStatus()!.GetDetail<BadRequest>().FieldViolations.Single().Field.Should().Be("decisions");
    }

    [Fact]
    public async Task Batch_AtItsLimit_IsRecorded()
    {
        RecordDecisionsResponse response = await BatchAsync(
            [.. Enumerable.Range(0, Limits.BatchDecisions).Select(n => JsonFormTests.Now(10_000 + n, d => d.Subject.EmployeeNumber = $"B-{n % 7}"))]);

        response.Results.Should().HaveCount(1000).And.OnlyContain(r => r.Receipt != null && !r.AlreadyRecorded);
    }

    [Fact]
    public async Task Decision_LargerThanStored_IsOverItsLimit()
    {
        RpcException refused = await RefusedAsync(
            () => RecordAsync(JsonFormTests.Now(107, d =>
            {
                for (int i = 0; i < 100; i++)
                {
                    d.Personal.Parameters.Add(new Parameter { Name = "p", Value = new Value { Text = new string('x', 2000) } });
                }
            })),
            StatusCode.InvalidArgument);

        refused.GetRpcStatus()!.GetDetail<BadRequest>().FieldViolations.Single().Field.Should().Be("decision");
    }

    [Fact]
    public async Task Trail_PageByPage_IsWholeAndNewestFirst()
    {
        Receipt[] receipts = await Task.WhenAll(Enumerable.Range(0, 7).Select(n => RecordAsync(JsonFormTests.Now(200 + n, d => d.Subject.EmployeeNumber = "T-1"))));
        ListDecisionsRequest request = new() { Parent = receipts[0].Name[..receipts[0].Name.LastIndexOf("/decisions", StringComparison.Ordinal)], PageSize = 3 };
        List<long> revisions = [];
        DecisionService.DecisionServiceClient own = new(ledger.As(Tokens.Usual("T-1")));
        do
        {
            ListDecisionsResponse page = await own.ListDecisionsAsync(request);
            page.LastRevision.Should().Be(6);
            revisions.AddRange(page.Decisions.Select(d => d.Receipt.Revision));
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);

        revisions.Should().Equal(6, 5, 4, 3, 2, 1, 0);
    }

    [Fact]
    public async Task Watch_ShowsWhatWasAndWhatComes()
    {
        Receipt first = await RecordAsync(JsonFormTests.Now(300, d => d.Subject.EmployeeNumber = "W-1"));
        using AsyncServerStreamingCall<WatchDecisionsResponse> watch = Decisions.WatchDecisions(
            new WatchDecisionsRequest { Parent = first.Name[..first.Name.LastIndexOf("/decisions", StringComparison.Ordinal)] });

        (await watch.ResponseStream.MoveNext()).Should().BeTrue();
        watch.ResponseStream.Current.Decision.Receipt.Should().Be(first);
        Task<bool> next = watch.ResponseStream.MoveNext();
        Receipt second = await RecordAsync(JsonFormTests.Now(301, d => d.Subject.EmployeeNumber = "W-1"));
        (await next).Should().BeTrue();
        watch.ResponseStream.Current.Decision.Receipt.Should().Be(second);
    }

    [Fact]
    public async Task Message_ThatIsNotProtobuf_IsInvalidAndNotAFaultOfOurs()
    {
        Method<byte[], byte[]> record = new(
            MethodType.Unary, "ledger.v1.DecisionService", "RecordDecision", Marshallers.Create<byte[]>(b => b, b => b), Marshallers.Create<byte[]>(b => b, b => b));

        await RefusedAsync(
            async () => await ledger.Grpc.AsyncUnaryCall(record, null, new CallOptions(), [0xFF, 0xFF, 0xFF]), StatusCode.InvalidArgument);
    }

    private async Task<Receipt> RecordAsync(Decision decision, string? language = null) => await Decisions.RecordDecisionAsync(
        new RecordDecisionRequest { Parent = Organisation, Decision = decision },
        language is null ? [] : new Metadata { { "accept-language", language } });

    private async Task<RecordDecisionsResponse> BatchAsync(params Decision[] decisions)
    {
        using AsyncDuplexStreamingCall<RecordDecisionsRequest, RecordDecisionsResponse> call = Decisions.RecordDecisions();
        await call.RequestStream.WriteAsync(new RecordDecisionsRequest { Parent = Organisation, BatchId = 7, Decisions = { decisions } });
        await call.RequestStream.CompleteAsync();
        (await call.ResponseStream.MoveNext()).Should().BeTrue();
        return call.ResponseStream.Current;
    }

    private static async Task<RpcException> RefusedAsync(Func<Task> call, StatusCode code)
    {
        RpcException refused = (await call.Should().ThrowAsync<RpcException>()).Which;
        refused.StatusCode.Should().Be(code, refused.Status.Detail);
        return refused;
    }
}
