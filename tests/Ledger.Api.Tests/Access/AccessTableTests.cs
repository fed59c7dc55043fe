using FluentAssertions;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Rpc;
using Grpc.Core;
using Ledger.Api.Access;
using Ledger.Api.Tests.Hosting;
using Xunit;

namespace Ledger.Api.Tests.Access;

/// <summary>
/// Every method of every service, called by everybody there is: the cells are made from the table and the service descriptors, none is left out.
/// </summary>
[Collection(nameof(RunningLedger))]
public sealed class AccessTableTests(RunningLedger ledger)
{
    private const string Organisation = "main", Number = "ACC-1", OtherNumber = "ACC-2";

    private static readonly ServiceDescriptor[] Services =
    [
        V1.DecisionService.Descriptor, V1.WorkerService.Descriptor, V1.TransparencyService.Descriptor, V1.AccessService.Descriptor,
        V1.OrganisationService.Descriptor,
    ];

    private static IEnumerable<MethodDescriptor> Methods => Services.SelectMany(s => s.Methods);

    public static TheoryData<string, string> Cells
    {
        get
        {
            TheoryData<string, string> cells = [];
            foreach (MethodDescriptor method in Methods)
            {
                foreach (string who in People.Keys)
                {
                    cells.Add($"{method.Service.FullName}/{method.Name}", who);
                }
            }

            return cells;
        }
    }

    /// <summary>Who calls about the record of ACC-1: each role in the right place, each in every wrong one.</summary>
    private static readonly Dictionary<string, LocalGrant?> People = new(StringComparer.Ordinal)
    {
        ["nobody"] = null,
        ["producer"] = new(Organisation, "p", Role.Producer),
        ["producer of another organisation"] = new("elsewhere", "p", Role.Producer),
        ["worker"] = new(Organisation, "w", Role.Worker) { EmployeeNumber = Number },
        ["worker in another's place"] = new(Organisation, "w2", Role.Worker) { EmployeeNumber = OtherNumber },
        ["worker without a number"] = new(Organisation, "w3", Role.Worker),
        ["worker with the number in capitals"] = new(Organisation, "w4", Role.Worker) { EmployeeNumber = Number.ToLowerInvariant() },
        ["worker of that number elsewhere"] = new("elsewhere", "w5", Role.Worker) { EmployeeNumber = Number },
        ["representative with a mandate"] = new(Organisation, "r-mandate", Role.Representative),
        ["representative without one"] = new(Organisation, "r-none", Role.Representative),
        ["representative whose mandate was taken back"] = new(Organisation, "r-withdrawn", Role.Representative),
        ["representative of another unit"] = new(Organisation, "r-unit", Role.Representative) { BargainingUnits = ["local 2"] },
        ["representative of the unit"] = new(Organisation, "r-own-unit", Role.Representative) { BargainingUnits = ["local 3", "local 1"] },
        ["representative of a unit of that name elsewhere"] = new("elsewhere", "r-own-unit", Role.Representative) { BargainingUnits = ["local 1"] },
        ["representative elsewhere"] = new("elsewhere", "r-mandate", Role.Representative),
        ["hr"] = new(Organisation, "h", Role.Hr),
        ["hr elsewhere"] = new("elsewhere", "h", Role.Hr),
        ["reviewer"] = new(Organisation, "v", Role.Reviewer),
        ["auditor"] = new(Organisation, "a", Role.Auditor),
        ["auditor elsewhere"] = new("elsewhere", "a", Role.Auditor),
        ["operator"] = new(Organisation, "o", Role.Operator),
        ["holder of the directory"] = new(Organisation, "d", Role.Operator) { HoldsDirectory = true },
        ["holder of a directory without a role"] = new(Organisation, "d2") { HoldsDirectory = true },
        ["somebody without a role"] = new(Organisation, "n"),
        ["somebody without an organisation"] = new("", "n2", Role.Hr, Role.Producer, Role.Auditor),
    };

    [Fact]
    public void EveryMethodThatIsServed_HasARow() =>
        Methods.Select(m => $"{m.Service.FullName}/{m.Name}").Should().OnlyContain(name => AccessTable.Find(name) != null);

    [Fact]
    public void ARowForAMethodThatIsNot_DoesNotStand()
    {
        string[] served = [.. Methods.Select(m => $"{m.Service.FullName}/{m.Name}")];
        AccessTable.Rows.Select(r => r.Method).Where(m => m.StartsWith("ledger.v1.", StringComparison.Ordinal)).Should().BeSubsetOf(served);
    }

    [Theory, MemberData(nameof(Cells))]
    public async Task Call_BySomebody_EndsAsTheTableSays(string method, string who)
    {
        await PreparedAsync();
        MethodDescriptor descriptor = Methods.Single(m => string.Equals($"{m.Service.FullName}/{m.Name}", method, StringComparison.Ordinal));
        foreach ((string what, IMessage request) in Requests(descriptor))
        {
            RpcException? answer = await CallAsync(descriptor, request, People[who]);
            string reason = answer is null ? "let in" : answer.GetRpcStatus()?.GetDetail<ErrorInfo>()?.Reason ?? answer.StatusCode.ToString();
            string expected = Expected(AccessTable.Find(method)!, who, request);
            (reason is "UNAUTHENTICATED" or "NOT_PERMITTED" ? reason : "let in").Should().Be(expected, "{0} by {1} for {2} ended with {3}", method, who, what, reason);
        }
    }

    /// <summary>What the table says, told again in the plainest way.</summary>
    private static string Expected(AccessRow row, string who, IMessage request)
    {
        RequestedResource named = RequestedResource.Of(request)!.Value;
        if (row.IsPublic || (row.PublicWithoutRecord && named.Worker is null))
        {
            return "let in";
        }

        if (People[who] is not { } grant)
        {
            return "UNAUTHENTICATED";
        }

        bool own = grant.Organisation == named.Organisation && grant.Organisation.Length > 0;
        bool let = row.Grants.Any(g => grant.Roles.Contains(g.Role) && g.Scope switch
        {
            Scope.Anything => grant.Organisation == Organisation,
            Scope.OwnOrganisation or Scope.OwnOrganisationForPurpose => own,
            Scope.OwnUnits => own && grant.BargainingUnits.Contains("local 1", StringComparer.Ordinal),
            Scope.OwnRecord => own && grant.EmployeeNumber == Number,
            Scope.Mandate => own && grant.Subject == "r-mandate",
            _ => grant.HoldsDirectory,
        });
        return let ? "let in" : "NOT_PERMITTED";
    }

    /// <summary>Requests of a method: about the organisation, the worker, one decision and one mandate, as its message can name them.</summary>
    private static IEnumerable<(string What, IMessage Request)> Requests(MethodDescriptor method)
    {
        string[] names = method.InputType.FindFieldByName("name") is null ? []
            : method.Name.Contains("Mandate", StringComparison.Ordinal) ? [$"{worker}/mandates/{mandate}"] : [decision];
        foreach (string name in names)
        {
            yield return (name, With(method, "name", name));
        }

        if (method.InputType.FindFieldByName("parent") is { } parent)
        {
            bool ofWorker = method.File.Services.SelectMany(s => s.Methods).Single(m => m.FullName == method.FullName)
                .GetOptions()?.GetExtension(Google.Api.AnnotationsExtensions.Http) is { } http && $"{http}".Contains("{parent=organisations/*/workers/*}", StringComparison.Ordinal);
            bool isExport = string.Equals(method.Name, "ExportEvidence", StringComparison.Ordinal);
            string value = ofWorker || isExport ? worker : $"organisations/{Organisation}";
            yield return (value, With(method, "parent", value));
        }
        else if (names.Length == 0)
        {
            yield return ("nothing", With(method, "", ""));
        }
    }

    private static IMessage With(MethodDescriptor method, string field, string value)
    {
        IMessage request = method.InputType.Parser.ParseFrom(ByteString.Empty);
        if (field.Length > 0)
        {
            method.InputType.FindFieldByName(field).Accessor.SetValue(request, value);
        }

        method.InputType.FindFieldByName("unit")?.Accessor.SetValue(request, "local 1");
        method.InputType.FindFieldByName("purpose")?.Accessor.SetValue(request, "test of access");
        return request;
    }

    private static string worker = "", decision = "";
    private static readonly Guid mandate = new("00000000-0000-4000-8000-00000000acce");
    private static readonly SemaphoreSlim once = new(1);

    private async Task PreparedAsync()
    {
        await once.WaitAsync();
        try
        {
            if (worker.Length > 0)
            {
                return;
            }

            V1.DecisionService.DecisionServiceClient producer = new(ledger.As(People["producer"]!));
            V1.Receipt receipt = await producer.RecordDecisionAsync(new V1.RecordDecisionRequest
            {
                Parent = $"organisations/{Organisation}",
                Decision = JsonFormTests.Now(7_777, d => d.Subject.EmployeeNumber = Number),
            });
            decision = receipt.Name;
            string name = receipt.Name[..receipt.Name.IndexOf("/decisions", StringComparison.Ordinal)];
            V1.WorkerService.WorkerServiceClient mine = new(ledger.As(People["worker"]!));
            foreach ((string who, Guid id) in new[] { ("representative with a mandate", new Guid("00000000-0000-4000-8000-00000000acc1")), ("representative whose mandate was taken back", mandate) })
            {
                V1.Caller caller = await new V1.AccessService.AccessServiceClient(ledger.As(People[who]!)).GetCallerAsync(new V1.GetCallerRequest());
                await mine.GiveMandateAsync(new V1.GiveMandateRequest
                {
                    Parent = name,
                    Mandate = new V1.Mandate
                    {
                        MandateId = id.ToString(),
                        Representative = caller.Person,
                        ExpiresAt = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(TimeProvider.System.GetUtcNow().AddDays(1)),
                    },
                });
            }

            await mine.WithdrawMandateAsync(new V1.WithdrawMandateRequest { Name = $"{name}/mandates/{mandate}" });
            worker = name;
        }
        finally
        {
            once.Release();
        }
    }

    /// <summary>Calls any method by its descriptor; null: it was not refused.</summary>
    private async Task<RpcException?> CallAsync(MethodDescriptor method, IMessage request, LocalGrant? who)
    {
        CallInvoker calls = who is null ? ledger.Nobody : ledger.As(who);
        Method<IMessage, byte[]> raw = new(
            method.IsClientStreaming ? MethodType.DuplexStreaming : method.IsServerStreaming ? MethodType.ServerStreaming : MethodType.Unary,
            method.Service.FullName, method.Name, new Marshaller<IMessage>(m => m.ToByteArray(), _ => throw new NotSupportedException()), new Marshaller<byte[]>(b => b, b => b));
        try
        {
            using CancellationTokenSource enough = new(TimeSpan.FromSeconds(20));
            CallOptions options = new(cancellationToken: enough.Token);
            switch (raw.Type)
            {
                case MethodType.Unary:
                    await calls.AsyncUnaryCall(raw, null, options, request);
                    return null;
                case MethodType.ServerStreaming:
                    using (AsyncServerStreamingCall<byte[]> call = calls.AsyncServerStreamingCall(raw, null, options, request))
                    {
                        await call.ResponseStream.MoveNext(enough.Token);
                        return null;
                    }

                default:
                    using (AsyncDuplexStreamingCall<IMessage, byte[]> call = calls.AsyncDuplexStreamingCall(raw, null, options))
                    {
                        await call.RequestStream.WriteAsync(request, enough.Token);
                        await call.RequestStream.CompleteAsync();
                        await call.ResponseStream.MoveNext(enough.Token);
                        return null;
                    }
            }
        }
        catch (RpcException e)
        {
            return e;
        }
    }
}
